--- The embedded engine's model: chosen, and fetched where it is missing.

local program = require('emberline.program')
local say = require('emberline.say').say

local M = {}

---@class emberline.Model of `emberline models list --json`
---@field name string
---@field bytes integer
---@field state string
---@field in_use boolean

---@param model emberline.Model
---@return string
local function describe(model)
  local here = model.state == 'ready' and 'here' or model.state
  local used = model.in_use and ', in use' or ''
  return ('%s  %d MB, %s%s'):format(model.name, math.floor(model.bytes / 1e6 + 0.5), here, used)
end

--- All there are, in the order of the catalogue.
---@param use fun(models: emberline.Model[])
local function list(use)
  program.run(function(ended)
    local is_json, told = pcall(vim.json.decode, ended.stdout)
    if ended.code ~= 0 or not is_json then
      say(vim.trim(ended.stderr ~= '' and ended.stderr or ended.stdout), vim.log.levels.ERROR)
    else
      use(told.models)
    end
  end, 'models', 'list', '--json')
end

--- Have the engine run it from now on: the server follows by itself. The download shows in a terminal.
---@param name string
function M.use(name)
  local command, surroundings = program.command('models', 'use', name)
  if command then
    program.in_terminal(command, surroundings, function(status)
      if status == 0 then
        say(('the engine\'s model is %s'):format(name))
      end
    end)
  end
end

--- Choose from a menu.
function M.choose()
  list(function(models)
    local known = vim.tbl_filter(function(model)
      return not vim.startswith(model.name, '(') -- a file of the user's own, which the configuration names
    end, models)
    vim.ui.select(known, { prompt = 'Model of the embedded engine', format_item = describe }, function(model)
      if model then
        M.use(model.name)
      end
    end)
  end)
end

return M

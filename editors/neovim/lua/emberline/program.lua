--- The server's program, run for something else than serving.

local say = require('emberline.say').say

local M = {}

---@class emberline.Surroundings
---@field cwd string
---@field env table<string, string>|nil

--- How to run another command of it: with the server's own environment, in the workspace.
---@param ... string the words instead of `serve`
---@return string[]|nil command nil: it cannot be run, and the user hears so
---@return emberline.Surroundings
function M.command(...)
  local config = vim.lsp.config.emberline
  local command = {}
  for _, word in ipairs(type(config.cmd) == 'table' and config.cmd or { 'emberline' }) do
    if word == 'serve' then
      break
    end
    table.insert(command, word)
  end
  local client = vim.lsp.get_clients({ name = 'emberline', bufnr = 0 })[1]
  local folder = client and client.root_dir or vim.fn.expand('%:p:h')
  local surroundings = { cwd = vim.fn.isdirectory(folder) == 1 and folder or vim.fn.getcwd(), env = config.cmd_env }
  if vim.fn.executable(command[1]) == 0 then
    say(('"%s" is no program; see :checkhealth emberline'):format(command[1]), vim.log.levels.ERROR)
    return nil, surroundings
  end
  return vim.list_extend(command, { ... }), surroundings
end

--- Run it and hand over what it said.
---@param done fun(ended: vim.SystemCompleted)
---@param ... string the words instead of `serve`
function M.run(done, ...)
  local command, surroundings = M.command(...)
  if command then
    vim.system(command, vim.tbl_extend('error', surroundings, { text = true }), vim.schedule_wrap(done))
  end
end

--- Run any command in a terminal below. Closing that stops it.
---@param command string[]
---@param surroundings emberline.Surroundings
---@param ended? fun(status: integer)
function M.in_terminal(command, surroundings, ended)
  vim.cmd('botright new')
  vim.bo.bufhidden = 'wipe'
  vim.fn.jobstart(
    command,
    vim.tbl_extend('error', surroundings, {
      term = true,
      on_exit = ended and vim.schedule_wrap(function(_, status)
        ended(status)
      end),
    })
  )
end

--- Show what it says in a terminal below.
---@param ... string the words instead of `serve`
function M.show(...)
  local command, surroundings = M.command(...)
  if command then
    M.in_terminal(command, surroundings)
  end
end

return M

--- `:Emberline SUBCOMMAND`: what is asked of the server by hand.

local say = require('emberline.say').say

local M = {}

local STOP_MS = 2000 -- how long a server may take to end before it is made to

---@type table<string, string[]> what may follow a subcommand
local arguments = { privacy = { 'strict', 'trusted', 'open' } }

--- Show lines in a window that closes when the cursor moves.
---@param lines string[] of two columns, the first 16 wide, or whole
local function float(lines)
  local _, window = vim.lsp.util.open_floating_preview(lines, 'text', {
    border = 'rounded',
    focus = false,
    max_width = math.min(110, vim.o.columns - 4),
  })
  -- Whole words, and what goes on stands under what it continues.
  for option, value in pairs({ wrap = true, linebreak = true, breakindent = true, breakindentopt = 'shift:16' }) do
    vim.api.nvim_set_option_value(option, value, { win = window })
  end
end

---@param name string
---@param value string
---@return string
local function row(name, value)
  return ('%-16s%s'):format(name, value)
end

---@param result { stats: { privacy: { mode: string, from: string }|nil } } of `emberline/status`
---@return string
local function privacy_row(result)
  local privacy = result.stats.privacy
  return row('privacy', privacy and ('%s (%s)'):format(privacy.mode, privacy.from) or 'not known yet')
end

--- The servers that run. Where there is none, the user hears so.
---@return vim.lsp.Client[]
local function servers()
  local clients = vim.lsp.get_clients({ name = 'emberline' })
  if #clients == 0 then
    say('no server runs; :Emberline restart starts one', vim.log.levels.WARN)
  end
  return clients
end

--- This buffer's server, or else any.
---@return vim.lsp.Client|nil
local function server()
  return vim.lsp.get_clients({ name = 'emberline', bufnr = 0 })[1] or servers()[1]
end

---@param client vim.lsp.Client|nil
---@param method string
---@param show fun(result: any)
local function ask(client, method, show)
  if not client then
    return
  end
  client:request(method, { uri = vim.uri_from_bufnr(0) }, function(err, result)
    if err then
      say(err.message, vim.log.levels.ERROR)
    else
      show(result)
    end
  end)
end

--- Ask every server, and tell when it is done.
---@param method string
---@param done string
local function ask_all(method, done)
  for index, client in ipairs(servers()) do
    ask(client, method, function()
      if index == 1 then
        say(done)
      end
    end)
  end
end

--- How to run another command of the server's program: with the server's own environment, in the workspace.
---@param ... string the words instead of `serve`
---@return string[]|nil command nil: it cannot be run, and the user hears so
---@return { cwd: string, env: table<string, string>|nil } options
local function program(...)
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
  local options = { cwd = vim.fn.isdirectory(folder) == 1 and folder or vim.fn.getcwd(), env = config.cmd_env }
  if vim.fn.executable(command[1]) == 0 then
    say(('"%s" is no program; see :checkhealth emberline'):format(command[1]), vim.log.levels.ERROR)
    return nil, options
  end
  return vim.list_extend(command, { ... }), options
end

---@param mode string
local function set_privacy(mode)
  local command, options = program('privacy', 'set', mode)
  if not command then
    return
  end
  vim.system(
    command,
    vim.tbl_extend('error', options, { text = true }),
    vim.schedule_wrap(function(done)
      float(vim.split(vim.trim(done.stdout .. done.stderr), '\n'))
    end)
  )
end

---@class emberline.Called how a subcommand was called
---@field rest string the words behind it, as they were written
---@field first integer|nil its range in lines, counted from 1; nil: none was given
---@field last integer|nil

---@type table<string, true> those that take any words, and a range
local free = { refactor = true }

---@type table<string, fun(argument: string|nil, called: emberline.Called)>
local subcommands = {
  --- What the server says of itself.
  status = function()
    ask(server(), 'emberline/status', function(result)
      local state, model = require('emberline.status').word(result), result.stats.engine
      float({
        row('state', result.message == model and state or ('%s: %s'):format(state, result.message)),
        row('model', model or 'none yet'),
        privacy_row(result),
        row('server', 'emberline ' .. result.version),
      })
    end)
  end,

  --- How far code may go and who said so, or another mode for this workspace.
  privacy = function(mode)
    if mode then
      set_privacy(mode)
    else
      ask(server(), 'emberline/status', function(result)
        float({ privacy_row(result) })
      end)
    end
  end,

  --- No ghost text and no work until `resume`.
  pause = function()
    ask_all('emberline/pause', 'paused; :Emberline resume goes on')
  end,

  resume = function()
    ask_all('emberline/resume', 'goes on')
  end,

  --- Do what the words say at the cursor or in the range; without words, choose from a menu.
  refactor = function(_, called)
    require('emberline.refactor').command(called.rest, called.first, called.last)
  end,

  --- Stop the refactorings that run.
  cancel = function()
    require('emberline.refactor').cancel()
  end,

  --- Why the last request went where it went.
  explain = function()
    ask(server(), 'emberline/explainRoute', function(result)
      float(vim.split(result.text, '\n', { trimempty = true }))
    end)
  end,

  --- What Neovim wrote down of its servers, at its end.
  log = function()
    vim.cmd('tab sview +$ ' .. vim.fn.fnameescape(vim.lsp.log.get_filename()))
  end,

  --- `emberline doctor` in a terminal below.
  doctor = function()
    local command, options = program('doctor')
    if command then
      vim.cmd('botright new')
      vim.bo.bufhidden = 'wipe'
      vim.fn.jobstart(command, vim.tbl_extend('error', options, { term = true }))
    end
  end,

  --- Ends the servers, hung ones too, and starts them for the open files.
  restart = function()
    local function running()
      return vim.lsp.get_clients({ name = 'emberline', _uninitialized = true })
    end
    local function ended()
      return #running() == 0
    end
    for _, client in ipairs(running()) do
      client:stop()
    end
    if not vim.wait(STOP_MS, ended, 10) then
      for _, client in ipairs(running()) do
        client.rpc.terminate()
      end
      vim.wait(STOP_MS, ended, 10)
    end
    require('emberline.status').set(nil)
    vim.lsp.enable('emberline')
  end,
}

---@param words string[]
---@param lead string
---@return string[]
local function beginning(words, lead)
  words = vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, words)
  table.sort(words)
  return words
end

--- Complete `:Emberline`.
---@param lead string the word so far
---@param line string the command line up to the cursor
---@return string[]
function M.complete(lead, line)
  local name = line:match('E%S*%s+(%S+)%s')
  return beginning(name and (arguments[name] or {}) or vim.tbl_keys(subcommands), lead)
end

---@param what string
---@param word string
---@param there string[]
local function refuse(what, word, there)
  local all = #there > 0 and table.concat(beginning(there, ''), ', ') or 'none'
  say(('no %s "%s"; there is %s'):format(what, word, all), vim.log.levels.ERROR)
end

--- Run `:Emberline`.
---@param line string what follows it: a subcommand, and what may follow that; empty: `status`
---@param first? integer the range, in lines counted from 1; nil: there is none
---@param last? integer
function M.run(line, first, last)
  local words = vim.split(line, '%s+', { trimempty = true })
  local name, argument = words[1] or 'status', words[2]
  local allowed = arguments[name] or {}
  if not subcommands[name] then
    refuse('subcommand', name, vim.tbl_keys(subcommands))
  elseif free[name] then
    local rest = vim.trim(line:match('^%s*%S+(.*)$'))
    subcommands[name](argument, { rest = rest, first = first, last = last })
  elseif words[3] or argument and not vim.list_contains(allowed, argument) then
    refuse('argument of ' .. name, words[3] or argument, allowed)
  else
    subcommands[name](argument, { rest = argument or '' })
  end
end

return M

--- `:Emberline SUBCOMMAND`: what is asked of the server by hand.

local program = require('emberline.program')
local say = require('emberline.say').say

local M = {}

local STOP_MS = 2000 -- how long a server may take to end before it is made to

---@type table<string, string[]> what may follow a subcommand
local arguments = { privacy = { 'strict', 'trusted', 'open' }, report = { 'page' } }

---@type table<string, true> those whose argument only the server's program knows
local open_ended = { model = true }

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

---@param mode string
local function set_privacy(mode)
  program.run(function(ended)
    float(vim.split(vim.trim(ended.stdout .. ended.stderr), '\n'))
  end, 'privacy', 'set', mode)
end

--- Ends the servers, hung ones too, and starts them for the open files.
local function restart()
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
end

---@class emberline.Called how a subcommand was called
---@field rest string the words behind it, as they were written
---@field first integer|nil its range in lines, counted from 1; nil: none was given
---@field last integer|nil

---@type table<string, true> those that take any words, and a range
local free = { refactor = true, ask = true, summarize = true }

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
    program.show('doctor')
  end,

  --- The account book: in a terminal below, or as a page in the browser.
  report = function(page)
    if page then
      program.run(function(ended)
        say(vim.trim(ended.code == 0 and ended.stdout or ended.stderr))
      end, 'report', '--html', '--open')
    else
      program.show('report')
    end
  end,

  --- Another model for the embedded engine, by name or from a menu.
  model = function(name)
    if name then
      require('emberline.model').use(name)
    else
      require('emberline.model').choose()
    end
  end,

  --- The server in a private environment, installed or updated.
  install = function()
    require('emberline.install').run(restart)
  end,

  --- A message for what is staged, where the commit is being written.
  commit = function()
    local client = server()
    if client then
      require('emberline.tasks').commit(client)
    end
  end,

  --- What the document says, or the range; of a log, what happened.
  summarize = function(_, called)
    local client = server()
    if client then
      require('emberline.tasks').summarize(client, called.first, called.last)
    end
  end,

  --- A question about the workspace.
  ask = function(_, called)
    local client = server()
    if not client then
      return
    end
    if called.rest ~= '' then
      require('emberline.tasks').ask(client, called.rest)
      return
    end
    vim.ui.input({ prompt = 'What do you want to know? ' }, function(question)
      if question and vim.trim(question) ~= '' then
        require('emberline.tasks').ask(client, question)
      end
    end)
  end,

  restart = restart,
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
  elseif words[3] or argument and not open_ended[name] and not vim.list_contains(allowed, argument) then
    refuse('argument of ' .. name, words[3] or argument, allowed)
  else
    subcommands[name](argument, { rest = argument or '' })
  end
end

return M

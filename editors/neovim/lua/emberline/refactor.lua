--- Refactorings: in the user's own words, from a menu, and what is said when one is over.

local edit = require('emberline.edit')
local progress = require('emberline.progress')
local region = require('emberline.region')
local said = require('emberline.said')
local say = require('emberline.say').say

local M = {}

M.COMMAND = 'emberline.refactor'

---@type table<string, integer> commands under way, by client and request: what had been said before
local asked = {}

---@param client_id integer
---@param request_id integer
---@return string
local function key(client_id, request_id)
  return ('%d:%d'):format(client_id, request_id)
end

--- What came of a refactoring, and what is left for the user to do.
---@param client_id integer
---@param words string
---@param level integer|nil
local function tell(client_id, words, level)
  local count = edit.take_unwritten(client_id)
  if count > 0 then
    local left = count == 1 and '1 file is' or ('%d files are'):format(count)
    words = ('%s %s not written yet (:wall).'):format(words, left)
  end
  say(words, level)
end

--- `window/showMessage`: Neovim's own handler asks for <Enter> where a message is long.
---@param params lsp.ShowMessageParams
---@param ctx lsp.HandlerContext
function M.message(_, params, ctx)
  local kinds, levels = vim.lsp.protocol.MessageType, vim.log.levels
  local level = ({ [kinds.Error] = levels.ERROR, [kinds.Warning] = levels.WARN })[params.type]
  tell(ctx.client_id, (params.message:gsub('^Emberline: ', '')), level)
end

--- Run a command of the server's and tell what came of it.
---@param client vim.lsp.Client
---@param command lsp.Command|{ command: string, arguments?: any[] }
---@param bufnr integer|nil
function M.run(client, command, bufnr)
  local name ---@type string|nil
  local since = said.count()
  local params = { command = command.command, arguments = command.arguments }
  local is_sent, id = client:request('workspace/executeCommand', params, function(err, result)
    asked[name or ''] = nil
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif type(result) == 'table' and not said.contains(result.words or '', since) then
      tell(client.id, result.words, not result.applied and vim.log.levels.WARN or nil)
    end
  end, bufnr)
  if is_sent and id then
    name = key(client.id, id)
    asked[name] = since
  else
    say('the server does not listen; :Emberline restart starts another', vim.log.levels.ERROR)
  end
end

-- An answer that says "cancelled" reaches no handler: Neovim keeps it to itself.
vim.api.nvim_create_autocmd('LspRequest', {
  group = vim.api.nvim_create_augroup('emberline.refactor', { clear = true }),
  callback = function(args)
    local name = key(args.data.client_id, args.data.request_id)
    if asked[name] and args.data.request.type == 'complete' then
      vim.schedule(function() -- behind the handler of any other answer
        local since = asked[name]
        asked[name] = nil
        if since and since == said.count() then
          say('stopped; nothing was changed')
        end
      end)
    end
  end,
})

--- This buffer's server. Where there is none, the user hears so.
---@return vim.lsp.Client|nil
local function server()
  local client = vim.lsp.get_clients({ name = 'emberline', bufnr = 0 })[1]
  if not client then
    say('no server runs for this file', vim.log.levels.WARN)
  end
  return client
end

---@param client vim.lsp.Client
---@param range lsp.Range
---@param instruction string
local function instruct(client, range, instruction)
  local bufnr = vim.api.nvim_get_current_buf()
  local argument = {
    uri = vim.uri_from_bufnr(bufnr),
    range = range,
    instruction = instruction,
    preview = true,
  }
  M.run(client, { command = M.COMMAND, arguments = { argument } }, bufnr)
end

---@param client vim.lsp.Client
---@param action lsp.CodeAction
---@param bufnr integer
local function apply(client, action, bufnr)
  if action.edit then
    local result = edit.apply(action.edit, client)
    if not result.applied then
      say('nothing was changed: ' .. result.failureReason, vim.log.levels.ERROR)
      return
    end
  end
  if action.command then
    client:exec_cmd(action.command, { bufnr = bufnr })
  end
end

---@param client vim.lsp.Client
---@param action lsp.CodeAction
---@param bufnr integer
local function choose(client, action, bufnr)
  if action.disabled then
    say(action.disabled.reason, vim.log.levels.WARN)
  elseif action.edit or action.command or not client:supports_method('codeAction/resolve', bufnr) then
    apply(client, action, bufnr)
  else
    client:request('codeAction/resolve', action, function(err, resolved)
      if err then
        say(err.message, vim.log.levels.ERROR)
      else
        apply(client, resolved, bufnr)
      end
    end, bufnr)
  end
end

--- Offer what this server can do there. Unlike Neovim's own menu it hands over what every tool complains of, and a
--- selection to its last character.
---@param client vim.lsp.Client
---@param range lsp.Range
local function menu(client, range)
  local bufnr = vim.api.nvim_get_current_buf()
  client:request('textDocument/codeAction', {
    textDocument = { uri = vim.uri_from_bufnr(bufnr) },
    range = range,
    context = {
      triggerKind = vim.lsp.protocol.CodeActionTriggerKind.Invoked,
      diagnostics = region.diagnostics(bufnr, range, client.offset_encoding),
    },
  }, function(err, actions)
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif not actions or #actions == 0 then
      say('nothing to offer here')
    else
      vim.ui.select(actions, {
        prompt = 'Emberline:',
        kind = 'codeaction',
        format_item = function(action)
          local title = action.title:gsub('%s*\n%s*', ' ')
          return action.disabled and ('%s (not here: %s)'):format(title, action.disabled.reason) or title
        end,
      }, function(action)
        if action then
          choose(client, action, bufnr)
        end
      end)
    end
  end, bufnr)
end

--- `:Emberline refactor`
---@param instruction string empty: choose from a menu
---@param first integer|nil the command's range; nil: it has none, the cursor is meant
---@param last integer|nil
function M.command(instruction, first, last)
  local client = server()
  if not client then
    return
  end
  local encoding = client.offset_encoding
  local range = first and last and region.of_command(first, last, encoding) or region.cursor(encoding)
  if instruction == '' then
    menu(client, range)
  else
    instruct(client, range, instruction)
  end
end

--- Ask for words, for the cursor or the selection; a selection ends with it.
function M.ask()
  local client = server()
  if not client then
    return
  end
  local mode, encoding = vim.fn.mode(), client.offset_encoding
  local range = region.cursor(encoding)
  if mode == 'v' or mode == 'V' or mode == '\22' then
    range = region.between('v', '.', mode, encoding)
    vim.cmd('normal! \27')
  end
  vim.ui.input({ prompt = 'What should be done here? ' }, function(instruction)
    if instruction and vim.trim(instruction) ~= '' then
      instruct(client, range, instruction)
    end
  end)
end

--- Stop all that runs. Progress that is shown is stopped by its own message, what has shown none yet as a request.
function M.cancel()
  require('emberline.dialogs').close(function()
    return true
  end)
  if progress.cancel() > 0 then
    return
  end
  if vim.tbl_isempty(asked) then
    say('nothing runs that could be stopped')
  end
  for name in pairs(asked) do
    local client_id, request_id = name:match('(%d+):(%d+)')
    local client = vim.lsp.get_client_by_id(tonumber(client_id))
    if client then
      client:cancel_request(tonumber(request_id))
    end
  end
end

--- A server has ended: nothing of it is under way any more.
---@param client_id integer
function M.forget(client_id)
  for name in pairs(asked) do
    if vim.startswith(name, client_id .. ':') then
      asked[name] = nil
    end
  end
  progress.forget(client_id)
  require('emberline.dialogs').close(function(dialog)
    return dialog.client_id == client_id
  end)
end

return M

--- Neovim 0.12's own inline completion, and what it lacks: accepting by word and line, dismissing, a range that is
--- right after one typed on, hiding what typing refuted, and refresh.

local apply = require('emberline.apply')
local others = require('emberline.others')
local suggestion = require('emberline.suggestion')

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2

local M = {}

---@class emberline.Asked where a question was asked
---@field cursor [integer, integer] 0-based row and byte column
---@field line string

local attached = {} ---@type table<integer, integer> autocommand group by buffer
local asked = {} ---@type table<string, emberline.Asked> by client and request
local answered = {} ---@type table<string, emberline.Asked> by client and buffer: what the last answer refers to

local next_step = 0 -- what the question that is just being sent is for
local seen = setmetatable({}, { __mode = 'k' }) ---@type table<table, true> commands of items told as shown
local steps = {} ---@type table<string, integer> by client and request: how far to cycle once it is answered

---@return [integer, integer]
local function cursor()
  local position = vim.api.nvim_win_get_cursor(0)
  return { position[1] - 1, position[2] }
end

--- Neovim's state for the buffer. It is private and may go: then nil, and what depends on it does with less.
local function completor_of(bufnr)
  local found, capability = pcall(require, 'vim.lsp._capability')
  return found and vim.tbl_get(capability, 'all', 'inline_completion', 'active', bufnr) or nil
end

---@return string
local function pair(client_id, number)
  return ('%d %d'):format(client_id, number)
end

--- Neovim's item as a suggestion, and how that fits here and now. The item's range is that of the time of the answer,
--- a vim.Range whose fields are not final: 0.12-dev nests positions, later versions do not.
---@param item table vim.lsp.inline_completion.Item
---@return emberline.Suggestion|nil, emberline.Fit|nil
local function read(item)
  local bufnr = vim.api.nvim_get_current_buf()
  local text, range, place = item.insert_text, item.range, answered[pair(item.client_id, bufnr)]
  if type(text) ~= 'string' or not place then
    return nil
  end
  local start = range and (range.start_col or range.start.col) or place.cursor[2]
  local stop = range and (range.end_col or range.end_.col) or place.cursor[2]
  local lsp_item = { insertText = text, command = item.command }
  local one = suggestion.between(lsp_item, item.client_id, place.line, place.cursor, start, stop)
  return one, suggestion.fit(one, bufnr, cursor())
end

--- Whether Neovim draws something: there is no function to ask, but its extmarks can be seen.
local function drawn()
  local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
  return namespace ~= nil and #vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { limit = 1 }) > 0
end

---@return boolean
function M.visible()
  if not drawn() then
    return false
  end
  local completor = completor_of(vim.api.nvim_get_current_buf())
  if not completor or not completor.current then
    return completor == nil
  end
  local _, fit = read(completor.current)
  return fit ~= nil
end

--- Tell the server what stands on the screen, once.
---@param bufnr integer
local function tell_shown(bufnr)
  local completor = completor_of(bufnr)
  local item = completor and completor.current
  if not item or bufnr ~= vim.api.nvim_get_current_buf() or not M.visible() then
    return
  end
  local client = vim.lsp.get_client_by_id(item.client_id)
  if client and item.command and not seen[item.command] then
    seen[item.command] = true
    client:notify('textDocument/didShowCompletion', { item = read(item).item })
  end
end

--- Ask again at once; without Neovim's private function by the event that it listens to, which takes 200 ms.
---@param bufnr integer
local function ask(bufnr)
  local completor = completor_of(bufnr)
  if completor and completor.request then
    completor:request(AUTOMATIC)
  else
    vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = bufnr, modeline = false })
  end
end

--- The insertion itself happens a moment later, as Neovim has it.
---@param cut fun(text: string): string
---@return boolean # false when there is no ghost text
function M.accept(cut)
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local chosen, fit = read(item)
      if not chosen or not fit then
        return -- typed past it: better nothing than text in the wrong place
      end
      local piece = cut(fit.rest)
      apply.insert(chosen, fit, piece)
      if piece ~= fit.rest then
        ask(vim.api.nvim_get_current_buf())
      end
    end,
  })
end

---@return boolean
function M.dismiss()
  return drawn() and vim.lsp.inline_completion.get({ on_accept = function() end })
end

--- Neovim asks for the one best suggestion, so before the first step the others must be asked for.
---@param step 1|-1
---@return boolean
function M.cycle(step)
  local completor = completor_of(vim.api.nvim_get_current_buf())
  if completor and completor.request and completor:count_items() < 2 then
    next_step = M.visible() and step or 0
    completor:request(INVOKED)
    next_step = 0
  else
    vim.lsp.inline_completion.select({ count = step })
    tell_shown(vim.api.nvim_get_current_buf())
  end
  return drawn()
end

---@param uri string
function M.refresh(uri)
  local bufnr = vim.api.nvim_get_current_buf()
  if vim.uri_from_bufnr(bufnr) == uri and vim.api.nvim_get_mode().mode:sub(1, 1) == 'i' then
    ask(bufnr)
  end
end

--- Remember where each question was asked, for an item's range means nothing without it.
---@param event { data: { client_id: integer, request_id: integer, request: { type: string, bufnr: integer, method: string } } }
local function watch(event)
  local client_id, request = event.data.client_id, event.data.request
  local id = pair(client_id, event.data.request_id)
  if request.method ~= METHOD then
    return
  end
  if request.type == 'pending' then
    asked[id] = { cursor = cursor(), line = vim.api.nvim_get_current_line() }
    steps[id] = next_step ~= 0 and next_step or nil
    return
  end
  local step = steps[id]
  if request.type == 'complete' then
    answered[pair(client_id, request.bufnr)] = asked[id]
    -- The event comes before Neovim takes the answer in.
    vim.schedule(function()
      if step then
        vim.lsp.inline_completion.select({ bufnr = request.bufnr, count = step })
      end
      tell_shown(request.bufnr)
    end)
  end
  asked[id], steps[id] = nil, nil
end

---@param bufnr integer
---@param settings emberline.Config
function M.attach(bufnr, settings)
  local group = vim.api.nvim_create_augroup('emberline.ghost.' .. bufnr, { clear = true })
  attached[bufnr] = group
  vim.api.nvim_create_autocmd('LspRequest', { group = group, buffer = bufnr, callback = watch })
  vim.lsp.inline_completion.enable(true, { bufnr = bufnr })
  vim.api.nvim_create_autocmd('TextChangedI', {
    group = group,
    buffer = bufnr,
    callback = function()
      if drawn() and not M.visible() then
        M.dismiss()
      end
    end,
  })
  vim.api.nvim_create_autocmd('InsertEnter', { group = group, buffer = bufnr, callback = others.hook })
  others.watch(group, bufnr, function()
    if settings.beside_menu or vim.api.nvim_get_mode().mode:sub(1, 1) ~= 'i' then
      return
    elseif others.menu_is_open() then
      M.dismiss()
    else
      ask(bufnr)
    end
  end)
end

---@param bufnr integer
function M.detach(bufnr)
  if attached[bufnr] then
    vim.api.nvim_del_augroup_by_id(attached[bufnr])
    attached[bufnr] = nil
  end
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.lsp.inline_completion.enable(false, { bufnr = bufnr })
  end
end

return M

--- What work that was asked for is doing, in a corner of the screen. It only listens: whoever else shows progress gets
--- the same events.

local M = {}

local PREFIXES = { 'emberline/refactor/', 'emberline/task/' } -- what the server does by itself is not shown
local HOW_TO_STOP = ':Emberline cancel stops it'
local DELAY_MS = 120 -- what is over by then is not shown: it would only flicker

---@class emberline.Running
---@field client_id integer
---@field token string
---@field title string
---@field message string
---@field is_stopping boolean

local running = {} ---@type emberline.Running[] the oldest first
local hint ---@type string|nil
local window, bufnr ---@type integer|nil, integer|nil
local width = 0 -- it never shrinks while it stands
local is_due = false

local group = vim.api.nvim_create_augroup('emberline.progress', { clear = true })

---@param one emberline.Running
---@return string
local function describe(one)
  local what = one.is_stopping and 'stopping' or one.message
  return what == '' and one.title or ('%s: %s'):format(one.title, what)
end

---@return string[]
local function lines()
  local rows = vim.tbl_map(describe, running)
  if #running > 0 then
    table.insert(rows, HOW_TO_STOP)
  end
  if hint then
    table.insert(rows, hint)
  end
  local room = math.max(10, vim.o.columns - 4)
  return vim.tbl_map(function(row)
    row = row:gsub('%s*\n%s*', ' ')
    if vim.fn.strdisplaywidth(row) > room then
      row = vim.fn.strcharpart(row, 0, room - 1) .. '…'
    end
    return (' %s '):format(row)
  end, rows)
end

local function hide()
  if window and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_win_close(window, true)
  end
  window, bufnr, width, is_due = nil, nil, 0, false
end

---@param rows string[]
---@return vim.api.keyset.win_config
local function place(rows)
  for _, row in ipairs(rows) do
    width = math.max(width, vim.fn.strdisplaywidth(row))
  end
  local status = vim.o.laststatus > 0 and 1 or 0
  return {
    relative = 'editor',
    anchor = 'SE',
    row = vim.o.lines - vim.o.cmdheight - status,
    col = vim.o.columns,
    width = math.min(width, vim.o.columns),
    height = #rows,
    style = 'minimal',
    focusable = false,
    zindex = 45,
  }
end

local function draw()
  local rows = lines()
  if #rows == 0 then
    hide()
    return
  end
  if not is_due then
    return
  end
  if not (bufnr and vim.api.nvim_buf_is_valid(bufnr)) then
    bufnr = vim.api.nvim_create_buf(false, true)
    vim.bo[bufnr].bufhidden = 'wipe'
  end
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, rows)
  if window and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_win_set_config(window, place(rows))
    return
  end
  local settings = vim.tbl_extend('error', place(rows), { noautocmd = true })
  -- Where no window may open now (the command-line window), the next event tries again.
  local is_open, opened = pcall(vim.api.nvim_open_win, bufnr, false, settings)
  window = is_open and opened or nil
  if window then
    vim.wo[window].winhighlight = 'NormalFloat:EmberlineProgress'
  end
end

local function draw_soon()
  if is_due then
    draw()
    return
  end
  vim.defer_fn(function()
    is_due = #running > 0 or hint ~= nil
    draw()
  end, DELAY_MS)
end

---@param client_id integer
---@param token string|integer
---@return integer|nil
local function index_of(client_id, token)
  for index, one in ipairs(running) do
    if one.client_id == client_id and one.token == token then
      return index
    end
  end
end

local function changed()
  draw_soon()
  vim.cmd.redrawstatus({ bang = true })
end

---@param client_id integer
---@param token string
---@param value { kind: string, title?: string, message?: string }
local function hear(client_id, token, value)
  local index = index_of(client_id, token)
  if value.kind == 'end' then
    if index then
      table.remove(running, index)
      require('emberline.dialogs').close(function(dialog)
        return dialog.client_id == client_id and dialog.token == token
      end)
      if #running == 0 then
        draw()
      end
      changed()
    end
    return
  end
  if not index then
    local one = { client_id = client_id, token = token, title = '', message = '', is_stopping = false }
    table.insert(running, one)
    index = #running
  end
  local one = running[index]
  one.title = value.title or one.title
  one.message = value.message or one.message
  changed()
end

vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  callback = function(args)
    local client = vim.lsp.get_client_by_id(args.data.client_id)
    local token, value = args.data.params.token, args.data.params.value
    local is_ours = client and client.name == 'emberline' and type(token) == 'string'
    local function is_asked_for(prefix)
      return vim.startswith(token, prefix)
    end
    if is_ours and vim.iter(PREFIXES):any(is_asked_for) and type(value) == 'table' then
      hear(args.data.client_id, token, value)
    end
  end,
})

vim.api.nvim_create_autocmd({ 'VimResized', 'TabEnter' }, {
  group = group,
  callback = function(args)
    if args.event == 'TabEnter' and window and vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
      window, bufnr = nil, nil
    end
    if is_due then
      draw()
    end
  end,
})

--- Say something beside, or no more.
---@param text string|nil
function M.hint(text)
  if hint ~= text then
    hint = text
    draw_soon()
  end
end

--- What runs, for a status line.
---@return 'refactoring'|'working'|nil
function M.word()
  local is_refactoring = vim.iter(running):any(function(one)
    return vim.startswith(one.token, PREFIXES[1])
  end)
  return is_refactoring and 'refactoring' or #running > 0 and 'working' or nil
end

--- Ask the servers to stop all that runs.
---@return integer # how many that are
function M.cancel()
  for _, one in ipairs(running) do
    local client = vim.lsp.get_client_by_id(one.client_id)
    if client then
      client:notify('window/workDoneProgress/cancel', { token = one.token })
    end
    one.is_stopping = true
  end
  changed()
  return #running
end

--- A server has ended, and its work with it.
---@param client_id integer
function M.forget(client_id)
  running = vim.tbl_filter(function(one)
    return one.client_id ~= client_id
  end, running)
  changed()
end

return M

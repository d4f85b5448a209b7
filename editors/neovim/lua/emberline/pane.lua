--- A large window over the others for something to read, with a line that names its keys. It stays until it is closed.

local M = {}

---@class emberline.Content
---@field lines string[]
---@field filetype string
---@field title string
---@field footer string what the keys do
---@field keys table<string, fun(close: fun())> in Normal mode
---@field closed fun() called once, however it is closed

local MARGIN, MAX_WIDTH = 4, 120

--- What fits into a border, which does not wrap.
---@param text string
---@param room integer columns
local function cut(text, room)
  text = text:gsub('%s*\n%s*', ' ')
  if vim.fn.strdisplaywidth(text) > room then
    text = vim.fn.strcharpart(text, 0, room - 1) .. '…'
  end
  return (' %s '):format(text)
end

---@param content emberline.Content
---@return vim.api.keyset.win_config
local function layout(content)
  local width = math.max(20, math.min(vim.o.columns - MARGIN, MAX_WIDTH))
  local rows = 0
  for _, line in ipairs(content.lines) do
    rows = rows + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / width))
  end
  local height = math.max(3, math.min(vim.o.lines - vim.o.cmdheight - MARGIN, rows))
  return {
    relative = 'editor',
    style = 'minimal',
    border = 'rounded',
    zindex = 60,
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - vim.o.cmdheight - height) / 2) - 1),
    col = math.max(0, math.floor((vim.o.columns - width) / 2) - 1),
    title = cut(content.title, width - 4),
    title_pos = 'center',
    footer = cut(content.footer, width - 4),
    footer_pos = 'center',
  }
end

---@param content emberline.Content
---@return integer bufnr
local function fill(content)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, content.lines)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].filetype = content.filetype
  return bufnr
end

--- Open it and go there.
---@param content emberline.Content
---@return integer window
---@return fun() close
function M.open(content)
  local bufnr = fill(content)
  local window = vim.api.nvim_open_win(bufnr, true, layout(content))
  local options = {
    wrap = true,
    linebreak = true,
    conceallevel = 2, -- of Markdown's marks, also in the cursor's line
    concealcursor = 'n',
    winhighlight = 'NormalFloat:Normal',
  }
  for option, value in pairs(options) do
    vim.api.nvim_set_option_value(option, value, { win = window, scope = 'local' })
  end
  local group = vim.api.nvim_create_augroup('emberline.pane.' .. window, { clear = true })
  local is_open = true

  local function end_it()
    if is_open then
      is_open = false
      vim.api.nvim_del_augroup_by_id(group)
      content.closed()
    end
  end
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
    end_it()
  end

  vim.api.nvim_create_autocmd('WinClosed', {
    group = group,
    pattern = tostring(window),
    callback = vim.schedule_wrap(end_it),
  })
  vim.api.nvim_create_autocmd('BufWipeout', { -- another buffer was put into the window
    group = group,
    buffer = bufnr,
    callback = vim.schedule_wrap(close),
  })
  vim.api.nvim_create_autocmd('VimResized', {
    group = group,
    callback = function()
      vim.api.nvim_win_set_config(window, layout(content))
    end,
  })
  for lhs, act in pairs(content.keys) do
    vim.keymap.set('n', lhs, function()
      act(close)
    end, { buffer = bufnr, nowait = true, desc = 'Emberline: ' .. content.title })
  end
  return window, close
end

return M

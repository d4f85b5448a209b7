--- What the server asks and tells in the middle of its work: `emberline/input`, `emberline/confirm`, `emberline/show`.

local pane = require('emberline.pane')
local preview = require('emberline.preview')
local rest = require('emberline.rest')

local M = {}

local OTHER = 'Another answer…'

---@class emberline.Dialog
---@field client_id integer
---@field token string|integer|nil
---@field close fun()

local open = {} ---@type table<emberline.Dialog, true> asked, waiting ones too

--- Ask, and hand the answer back as the handler's own result: it runs in a coroutine.
---@generic T
---@param params { token?: string|integer }
---@param ctx lsp.HandlerContext
---@param unanswered T what closing it from outside comes to
---@param ask fun(answer: fun(value: T)): fun()|nil opens the dialog; what it returns closes it
---@return T
local function answer_of(params, ctx, unanswered, ask)
  local co = assert(coroutine.running())
  local dialog = { client_id = ctx.client_id, token = params.token }
  local is_over = false
  local function settle(value)
    if is_over then
      return
    end
    is_over = true
    open[dialog] = nil
    -- Not before this coroutine has yielded, and not in the midst of what closes the window.
    vim.schedule(function()
      assert(coroutine.resume(co, value))
    end)
  end

  local close_window, leave ---@type fun()|nil, fun()|nil
  dialog.close = function()
    settle(unanswered)
    if close_window then
      close_window()
    end
    if leave then
      leave()
    end
  end
  open[dialog] = true
  rest.when(function(done)
    if is_over then
      done()
      return
    end
    leave = done
    close_window = ask(function(value)
      done()
      settle(value)
    end)
  end)
  return coroutine.yield()
end

---@param prompt string
---@return string # one line that ends in a colon and a space
local function prompt_of(prompt)
  return (prompt:gsub('%s*\n%s*', ' '):gsub('[%s:]*$', '')) .. ': '
end

--- `emberline/input`: a line of text, or one of several likely ones.
---@param params { prompt: string, default?: string, choices?: string[], token?: string|integer }
---@param ctx lsp.HandlerContext
---@return { answer: string|vim.NIL }
function M.input(_, params, ctx)
  local choices = params.choices or {}
  local answer = answer_of(params, ctx, nil, function(answer)
    local function write()
      vim.ui.input({ prompt = prompt_of(params.prompt), default = params.default or '' }, answer)
    end
    if #choices == 0 then
      write()
      return
    end
    local offered = vim.list_extend(vim.list_slice(choices), { OTHER })
    vim.ui.select(offered, { prompt = prompt_of(params.prompt), kind = 'emberline' }, function(choice, index)
      if index == #offered then
        vim.schedule(write)
      else
        answer(choice)
      end
    end)
  end)
  return { answer = answer and vim.trim(answer) ~= '' and answer or vim.NIL }
end

--- `emberline/confirm`: whether this may be done.
---@param params emberline.Proposed
---@param ctx lsp.HandlerContext
---@return { accept: boolean }
function M.confirm(_, params, ctx)
  return {
    accept = answer_of(params, ctx, false, function(answer)
      return preview.open(params, answer)
    end),
  }
end

--- `emberline/show`: something long to read.
---@param params { title: string, markdown: string }
function M.show(_, params)
  require('emberline.said').add(params.markdown)
  rest.when(function(done)
    local function leave(close)
      close()
    end
    pane.open({
      lines = vim.split(vim.trim((params.markdown:gsub('\r\n', '\n'))), '\n'),
      filetype = 'markdown',
      title = params.title,
      footer = 'q close',
      keys = { ['q'] = leave },
      closed = done,
    })
  end)
end

--- Close what is asked in vain now: nothing was chosen.
---@param concerns fun(dialog: emberline.Dialog): boolean
function M.close(concerns)
  for _, dialog in ipairs(vim.tbl_keys(open)) do
    if concerns(dialog) then
      dialog.close()
    end
  end
end

return M

--- Places in a buffer as the server counts them.

local M = {}

---@param bufnr integer
---@param row integer 0-based
---@return string
local function line_at(bufnr, row)
  return vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
end

---@param bufnr integer
---@param row integer 0-based
---@param byte integer 0-based; behind the line's end counts as its end
---@param encoding string
---@return lsp.Position
local function position(bufnr, row, byte, encoding)
  return { line = row, character = vim.str_utfindex(line_at(bufnr, row), encoding, byte, false) }
end

--- The cursor, an empty range.
---@param encoding string
---@return lsp.Range
function M.cursor(encoding)
  local cursor = vim.api.nvim_win_get_cursor(0)
  local at = position(0, cursor[1] - 1, cursor[2], encoding)
  return { start = at, ['end'] = vim.deepcopy(at) }
end

--- Whole lines, without the last one's end.
---@param first integer 1-based
---@param last integer
---@param encoding string
---@return lsp.Range
function M.lines(first, last, encoding)
  return {
    start = { line = first - 1, character = 0 },
    ['end'] = position(0, last - 1, #line_at(0, last - 1), encoding),
  }
end

--- From one mark to another. A block counts as its lines, for a range has no columns of its own.
---@param from string for `getpos()`, the last one's character included
---@param to string
---@param kind string 'v', 'V' or CTRL-V
---@param encoding string
---@return lsp.Range
function M.between(from, to, kind, encoding)
  local rows = vim.fn.getregionpos(vim.fn.getpos(from), vim.fn.getpos(to), {
    type = kind == 'v' and 'v' or 'V',
    exclusive = vim.o.selection == 'exclusive',
  })
  local first, last = rows[1][1], rows[#rows][2]
  if kind ~= 'v' then
    return M.lines(first[2], last[2], encoding)
  end
  return {
    start = position(0, first[2] - 1, math.max(first[3] - 1, 0), encoding),
    ['end'] = position(0, last[2] - 1, last[3], encoding),
  }
end

--- What a command with a range means: the selection where its lines are the selection's, as `:'<,'>` has it.
---@param first integer 1-based
---@param last integer
---@param encoding string
---@return lsp.Range
function M.of_command(first, last, encoding)
  local is_selection = vim.fn.line("'<") == first and vim.fn.line("'>") == last and vim.fn.visualmode() ~= ''
  if is_selection then
    return M.between("'<", "'>", vim.fn.visualmode(), encoding)
  end
  return M.lines(first, last, encoding)
end

--- What all tools say about the lines of a range, as the protocol writes it.
---@param bufnr integer
---@param range lsp.Range
---@param encoding string
---@return lsp.Diagnostic[]
function M.diagnostics(bufnr, range, encoding)
  local found = {} ---@type lsp.Diagnostic[]
  for _, one in ipairs(vim.diagnostic.get(bufnr)) do
    local last = one.end_lnum or one.lnum
    if one.lnum <= range['end'].line and last >= range.start.line then
      table.insert(found, {
        range = {
          start = position(bufnr, one.lnum, one.col, encoding),
          ['end'] = position(bufnr, last, one.end_col or one.col, encoding),
        },
        severity = one.severity,
        message = one.message,
        source = one.source,
        code = one.code,
      })
    end
  end
  return found
end

return M

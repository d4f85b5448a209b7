--- A suggestion and how it fits the buffer now. Reads buffers, changes nothing.
---
--- A suggestion belongs to a place, not to a moment: as long as what the user typed since is what it says, the rest
--- of it still holds (typed-through), without a question to the server.

---@class emberline.Suggestion
---@field item table the server's item, handed back in notifications
---@field client_id integer
---@field text string the item's text, lines separated by "\n"
---@field newline string the line separator that the item's own text uses
---@field row integer 0-based line at which the text begins
---@field col integer byte column at which it begins
---@field head string what stands before it on that line
---@field replaced string what the item's range covered after the cursor
---@field tail string what follows the range on its line

---@class emberline.Fit
---@field typed string the part of the text that is in the buffer already
---@field rest string the part that is not
---@field replaced string text after the cursor that gives way to the rest
---@field tail string text of the line behind that
---@field row integer 0-based line of the cursor
---@field col integer byte column of the cursor

local M = {}

---@param row integer
---@return string
local function line_at(bufnr, row)
  return vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
end

--- Whether all characters of `part` occur in `whole`, in order.
---@param part string
---@param whole string
local function is_subsequence(part, whole)
  local from = 1
  for _, char in ipairs(vim.fn.split(part, '\\zs')) do
    local _, stop = whole:find(char, from, true)
    if not stop then
      return false
    end
    from = stop + 1
  end
  return true
end

--- Byte offsets of a one-line range around the cursor; nil if it is none.
local function columns(range, line, cursor, encoding)
  if not range then
    return cursor[2], cursor[2]
  end
  if range.start.line ~= cursor[1] or range['end'].line ~= cursor[1] then
    return nil
  end
  local start = vim.str_byteindex(line, encoding, range.start.character, false)
  local stop = vim.str_byteindex(line, encoding, range['end'].character, false)
  if start > cursor[2] or stop < cursor[2] then
    return nil
  end
  return start, stop
end

--- A suggestion to put `item`'s text between two columns of a line.
---@param item table lsp.InlineCompletionItem whose text is a string
---@param client_id integer
---@param line string the cursor's line when the question was asked
---@param cursor [integer, integer] 0-based row and byte column of that time
---@param start integer byte column, not behind the cursor
---@param stop integer byte column, not before the cursor
---@return emberline.Suggestion
function M.between(item, client_id, line, cursor, start, stop)
  return {
    item = item,
    client_id = client_id,
    text = (item.insertText:gsub('\r\n?', '\n')),
    newline = item.insertText:match('\r\n?') or '\n',
    row = cursor[1],
    col = start,
    head = line:sub(1, start),
    replaced = line:sub(cursor[2] + 1, stop),
    tail = line:sub(stop + 1),
  }
end

--- What the server's item means.
---@param item table lsp.InlineCompletionItem
---@param client vim.lsp.Client
---@param line string see `between`
---@param cursor [integer, integer] see `between`
---@return emberline.Suggestion|nil # nil for a snippet, or a range that is not around the cursor on its line
function M.of(item, client, line, cursor)
  if type(item.insertText) ~= 'string' then
    return nil
  end
  local start, stop = columns(item.range, line, cursor, client.offset_encoding)
  return start and M.between(item, client.id, line, cursor, start, stop)
end

--- How much of the suggestion is still to come with the cursor at this place; nil when it no longer fits.
---@param suggestion emberline.Suggestion
---@param bufnr integer
---@param cursor [integer, integer] 0-based row and byte column
---@return emberline.Fit|nil
function M.fit(suggestion, bufnr, cursor)
  local row, col = cursor[1], cursor[2]
  local line = line_at(bufnr, row)
  local stop = #line - #suggestion.tail
  if row < suggestion.row or stop < col or line:sub(stop + 1) ~= suggestion.tail then
    return nil
  end
  if row == suggestion.row and col < suggestion.col then
    return nil
  end
  if line_at(bufnr, suggestion.row):sub(1, suggestion.col) ~= suggestion.head then
    return nil
  end
  local typed =
    table.concat(vim.api.nvim_buf_get_text(bufnr, suggestion.row, suggestion.col, row, col, {}), '\n')
  local rest = suggestion.text:sub(#typed + 1)
  if rest == '' or suggestion.text:sub(1, #typed) ~= typed then
    return nil
  end
  local replaced = line:sub(col + 1, stop)
  -- A plugin may have closed a bracket that the user opened: fine as long as the rest closes it too.
  if replaced ~= suggestion.replaced and not is_subsequence(replaced, rest) then
    return nil
  end
  return { typed = typed, rest = rest, replaced = replaced, tail = suggestion.tail, row = row, col = col }
end

--- UTF-16 units of the item's own text that stand in the buffer once `text` does.
---@param suggestion emberline.Suggestion
---@param text string a leading part of `suggestion.text`
---@return integer
function M.units(suggestion, text)
  return vim.str_utfindex((text:gsub('\n', suggestion.newline)), 'utf-16')
end

return M

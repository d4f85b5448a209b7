--- Which leading part of a text each way to accept takes. Pure, but for 'iskeyword'.

local M = {}

---@param text string
---@return string
function M.whole(text)
  return text
end

--- Blanks and line breaks, and then one word or one run of punctuation.
---@param text string
---@return string
function M.word(text)
  local word = vim.fn.matchstr(text, [[^\_s*\%(\k\+\|\%(\k\@!\n\@!\S\)\+\)]])
  return word ~= '' and word or text
end

--- The rest of the line; at a line's end, the next line.
---@param text string
---@return string
function M.line(text)
  return text:match('^\n?[^\n]*')
end

return M

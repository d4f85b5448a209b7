--- Draws ghost text with extmarks and takes it away again.

local picture = require('emberline.picture')

local M = {}

M.namespace = vim.api.nvim_create_namespace('emberline')

---@param bufnr integer
function M.clear(bufnr)
  if vim.api.nvim_buf_is_valid(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, M.namespace, 0, -1)
  end
end

---@param bufnr integer
---@param fit emberline.Fit
---@param hint string shown behind it, may be empty
function M.draw(bufnr, fit, hint)
  M.clear(bufnr)
  local before = vim.api.nvim_buf_get_text(bufnr, fit.row, 0, fit.row, fit.col, {})[1]
  local drawn = picture.of(fit, before, vim.bo[bufnr].tabstop)
  for _, mark in ipairs(drawn.marks) do
    vim.api.nvim_buf_set_extmark(bufnr, M.namespace, fit.row, fit.col + mark.col, {
      virt_text = mark.chunks,
      virt_text_pos = mark.position,
      hl_mode = 'combine',
    })
  end
  local below = drawn.lines
  if hint ~= '' and #below > 0 then
    table.insert(below[#below], { hint, 'EmberlineHint' })
  end
  if #below > 0 then
    vim.api.nvim_buf_set_extmark(bufnr, M.namespace, fit.row, 0, { virt_lines = below })
  elseif hint ~= '' then
    vim.api.nvim_buf_set_extmark(bufnr, M.namespace, fit.row, 0, {
      virt_text = { { hint, 'EmberlineHint' } },
      virt_text_pos = 'eol',
    })
  end
end

return M

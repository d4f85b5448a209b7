--- Puts a suggestion, or the beginning of one, into the buffer and tells the server.

local suggestion = require('emberline.suggestion')

local M = {}

--- Ends the undo step that typing began, so that accepting is one of its own.
local function end_undo_step()
  vim.cmd('let &g:undolevels = &g:undolevels')
end

--- And what is typed next begins another: the change that accepting made is over.
local function begin_undo_step()
  vim.api.nvim_feedkeys(vim.keycode('<C-g>u'), 'ni', false)
end

---@param client vim.lsp.Client|nil
local function tell(client, chosen, fit, piece, bufnr)
  if not client then
    return
  end
  if piece ~= fit.rest then
    client:notify('textDocument/didPartiallyAcceptCompletion', {
      item = chosen.item,
      acceptedLength = suggestion.units(chosen, fit.typed .. piece),
    })
  elseif chosen.item.command then
    -- The answer is of no use, and a server that is about to end must not leave an error in the user's face.
    client:exec_cmd(chosen.item.command, { bufnr = bufnr }, function() end)
  end
end

--- Insert `piece` at the cursor of the current window.
---@param chosen emberline.Suggestion
---@param fit emberline.Fit how it fits right now
---@param piece string a leading part of `fit.rest`, not empty
function M.insert(chosen, fit, piece)
  local bufnr = vim.api.nvim_get_current_buf()
  end_undo_step()
  if piece == fit.rest and fit.replaced ~= '' then
    vim.api.nvim_buf_set_text(bufnr, fit.row, fit.col, fit.row, fit.col + #fit.replaced, {})
  end
  -- Pasted rather than set: `.` then repeats it as part of what was typed.
  vim.api.nvim_paste(piece, false, -1)
  begin_undo_step()
  tell(vim.lsp.get_client_by_id(chosen.client_id), chosen, fit, piece, bufnr)
end

return M

--- When a window may open that takes the keyboard: not while the user is typing, and one after the other.

local M = {}

local HINT = 'something to see and answer: go to Normal mode'

local waiting = {} ---@type (fun(done: fun()))[]
local is_busy = false
local group = vim.api.nvim_create_augroup('emberline.rest', { clear = true })

--- A key pressed now would not be meant for what has been open for some time: Normal mode, nothing half typed, and
--- not the command-line window, beside which no window opens.
local function at_rest()
  local mode = vim.api.nvim_get_mode()
  return mode.mode == 'n' and not mode.blocking and vim.fn.getcmdwintype() == ''
end

local function go_on()
  if is_busy or #waiting == 0 then
    return
  end
  local may = at_rest()
  require('emberline.progress').hint(not may and HINT or nil)
  if not may then
    return
  end
  is_busy = true
  local is_done = false
  table.remove(waiting, 1)(function()
    if not is_done then
      is_done, is_busy = true, false
      vim.schedule(go_on)
    end
  end)
end

vim.api.nvim_create_autocmd({ 'ModeChanged', 'CmdwinLeave' }, {
  group = group,
  callback = vim.schedule_wrap(go_on),
})

--- Act as soon as the user is in Normal mode and everything asked before is over.
---@param act fun(done: fun()) calls `done` when what it has opened is closed
function M.when(act)
  table.insert(waiting, act)
  go_on()
end

return M

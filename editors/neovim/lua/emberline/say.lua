--- One sentence to the user.

local M = {}

local MARGIN = 14 -- columns at the end of the command line that 'showcmd' and 'ruler' may hold

local groups = { [vim.log.levels.WARN] = 'WarningMsg', [vim.log.levels.ERROR] = 'ErrorMsg' }

--- Whether a plugin shows notifications in its own way, and needs no help with long ones.
local function is_replaced()
  return not vim.startswith(debug.getinfo(vim.notify, 'S').source, '@vim/')
end

--- Show as much as the command line holds; all of it stands in `:messages`.
---@param line string
---@param level integer|nil
local function show_beginning(line, level)
  local shortmess = vim.o.shortmess
  vim.opt.shortmess:append('T')
  vim.cmd.echohl(groups[level] or 'None')
  vim.cmd.echomsg(vim.fn.string(line))
  vim.cmd.echohl('None')
  vim.o.shortmess = shortmess
end

--- Notify. It never asks for <Enter>, however long it is.
---@param message string
---@param level integer|nil of `vim.log.levels`; nil: INFO
function M.say(message, level)
  require('emberline.said').add(message)
  message = 'Emberline: ' .. message
  local line = message:gsub('%s*\n%s*', '  ')
  vim.cmd.redraw() -- what stands there already would otherwise scroll, and ask for <Enter>
  local fits = line == message and vim.fn.strdisplaywidth(line) <= vim.o.columns - MARGIN
  if is_replaced() or fits then
    vim.notify(message, level)
  else
    show_beginning(line, level)
  end
end

return M

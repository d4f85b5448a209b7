--- The lualine component "emberline": what `require('emberline').statusline()` says, on the section's own background.

local status = require('emberline.status')

local M = require('lualine.component'):extend()

--- Colours as lualine wants them; none where the section's own will do.
---@return { fg: string|nil }
local function color()
  local _, group = status.short()
  local foreground = group and vim.api.nvim_get_hl(0, { name = group, link = false }).fg
  return { fg = foreground and ('#%06x'):format(foreground) }
end

---@param options table of the user's configuration
function M:init(options)
  options.color = options.color or color
  M.super.init(self, options)
end

---@return string
function M:update_status()
  return (status.short())
end

return M

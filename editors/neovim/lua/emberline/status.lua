--- What the server says of itself, in a word: for `:Emberline status` and for status lines.

local M = {}

---@class emberline.Status
---@field kind 'normal'|'warning'|'error'|'inactive'
---@field busy boolean
---@field message string

local SIGTERM = 15

---@param status emberline.Status
---@return 'warm'|'cold'|'working'|'off'|'warning'|'in error'
function M.word(status)
  local words = { inactive = 'off', warning = 'warning', error = 'in error' }
  local model = vim.endswith(status.message, 'warm') and 'warm' or 'cold'
  return words[status.kind] or (status.busy and 'working' or model)
end

--- What a status line shows: a short text, and the highlight group that it deserves.
---@return string text empty before the server has said anything
---@return string|nil group
function M.short()
  local status = vim.g.emberline_status ---@type emberline.Status|nil
  if not status then
    return ''
  end
  local groups = { warning = 'EmberlineWarning', error = 'EmberlineError' }
  local group = groups[status.kind]
  local word = M.word(status)
  local work = not group and require('emberline.progress').word()
  if work then
    return 'ember: ' .. work
  end
  return 'ember: ' .. (group and '!' or word == 'working' and '…' or word), group
end

---@param status emberline.Status|nil nil: nothing is known
function M.set(status)
  vim.g.emberline_status = status
  vim.cmd.redrawstatus({ bang = true })
end

--- A server has ended: what it said last is not true any more.
---@param code integer its exit status
---@param signal integer what ended it, or 0
function M.ended(code, signal)
  local orderly = code == 0 and (signal == 0 or signal == SIGTERM)
  local how = signal ~= 0 and ('by signal %d'):format(signal) or ('with status %d'):format(code)
  local message = ('server ended %s; :Emberline restart starts it'):format(how)
  if #vim.lsp.get_clients({ name = 'emberline', _uninitialized = true }) == 0 then
    M.set({ busy = false, kind = orderly and 'inactive' or 'error', message = message })
  end
  if not orderly then
    vim.cmd.redraw() -- what Neovim says itself stays in :messages, and two lines at once would ask for <Enter>
    vim.notify('Emberline: ' .. message, vim.log.levels.WARN)
  end
end

return M

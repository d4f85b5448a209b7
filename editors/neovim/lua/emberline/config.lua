--- The settings of `setup()`, their defaults and their check.

---@class emberline.Keys
---@field accept? string|false
---@field accept_word? string|false
---@field accept_line? string|false
---@field dismiss? string|false
---@field next? string|false
---@field previous? string|false

---@class emberline.Settings
---@field cmd? string[] the server's command; nil: `emberline serve` from $PATH
---@field filetypes? string[] nil: every file
---@field delay_ms? integer pause after a keystroke before the question, in milliseconds (own ghost text only)
---@field ghost? 'auto'|'own'|'builtin' who draws; auto: Neovim's own inline completion where it has one (0.12)
---@field beside_menu? boolean ghost text also while a completion menu is open
---@field keys? emberline.Keys|false false: no mappings at all; false for one of them: not that one
---@field init_options? table sent to the server as they are

---@class emberline.Config: emberline.Settings
---@field delay_ms integer
---@field ghost 'auto'|'own'|'builtin'
---@field beside_menu boolean
---@field keys emberline.Keys|false
---@field init_options table

local M = {}

---@type emberline.Config
M.defaults = {
  cmd = nil,
  filetypes = nil,
  delay_ms = 30,
  ghost = 'auto',
  beside_menu = false,
  keys = {
    accept = '<Tab>',
    accept_word = '<M-Right>',
    accept_line = '<M-l>',
    dismiss = '<C-]>',
    next = '<M-]>',
    previous = '<M-[>',
  },
  init_options = {},
}

local function one_of(value, allowed)
  return vim.list_contains(allowed, value)
end

---@param given? emberline.Settings
---@return emberline.Config
function M.resolve(given)
  given = given or {}
  for name in pairs(given) do
    if not one_of(name, { 'cmd', 'filetypes', 'delay_ms', 'ghost', 'beside_menu', 'keys', 'init_options' }) then
      error(('emberline.setup: unknown setting "%s"; see :help emberline-setup'):format(name), 0)
    end
  end
  if type(given.keys) == 'table' then
    for name in pairs(given.keys) do
      if M.defaults.keys[name] == nil then
        error(('emberline.setup: unknown key "keys.%s"; see :help emberline-keys'):format(name), 0)
      end
    end
  end
  local config = vim.tbl_deep_extend('force', M.defaults, given)
  vim.validate('cmd', config.cmd, 'table', true)
  vim.validate('filetypes', config.filetypes, 'table', true)
  vim.validate('delay_ms', config.delay_ms, function(ms)
    return type(ms) == 'number' and ms >= 0
  end, 'milliseconds, 0 or more')
  vim.validate('ghost', config.ghost, function(ghost)
    return one_of(ghost, { 'auto', 'own', 'builtin' })
  end, '"auto", "own" or "builtin"')
  vim.validate('beside_menu', config.beside_menu, 'boolean')
  vim.validate('keys', config.keys, function(keys)
    return keys == false or type(keys) == 'table'
  end, 'a table, or false')
  vim.validate('init_options', config.init_options, 'table')
  if config.ghost == 'builtin' and not vim.lsp.inline_completion then
    error('emberline.setup: ghost = "builtin" needs Neovim 0.12; use "auto"', 0)
  end
  return config
end

return M

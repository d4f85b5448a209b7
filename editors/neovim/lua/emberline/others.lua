--- What else wants the same keys and the same place on the screen: completion menus and snippets, Neovim's own and
--- those of nvim-cmp, blink.cmp, LuaSnip, SnipMate and UltiSnips. Nothing is loaded by asking.

local M = {}

---@param name string of a module
---@return table|nil
local function loaded(name)
  local module = package.loaded[name]
  return type(module) == 'table' and module or nil
end

--- Another plugin's answer, and "no" where it has none or has changed.
---@param module table|nil
---@param name string of a function in it
---@param ... any
---@return boolean
local function says(module, name, ...)
  local ask = module and module[name]
  if type(ask) ~= 'function' then
    return false
  end
  local is_fine, answer = pcall(ask, ...)
  return is_fine and answer and true or false
end

--- Whether a completion menu stands open.
---@return boolean
function M.menu_is_open()
  if vim.fn.pumvisible() ~= 0 then
    return true
  end
  local blink = loaded('blink.cmp')
  -- Older ones have one question for menu and ghost text together.
  local question = blink and blink.is_menu_visible and 'is_menu_visible' or 'is_visible'
  return says(loaded('cmp'), 'visible') or says(blink, question)
end

--- Whether a key may mean the next place of a snippet.
---@return boolean
function M.snippet_waits()
  return vim.snippet.active({ direction = 1 })
    or says(loaded('luasnip'), 'locally_jumpable', 1)
    or vim.fn.exists('b:snip_state') == 1 -- SnipMate's, while a snippet of its is open
    or vim.fn.exists('*UltiSnips#CanJumpForwards') == 1 and vim.fn['UltiSnips#CanJumpForwards']() == 1
end

--- Hear of the end of a snippet whose keys UltiSnips has unmapped.
---@param group integer
---@param act fun()
function M.after_snippet(group, act)
  vim.api.nvim_create_autocmd('User', {
    group = group,
    pattern = 'UltiSnipsExitLastSnippet',
    callback = vim.schedule_wrap(act),
  })
end

local hooked ---@type table|nil the nvim-cmp that tells us of its menu

--- Hear of menus that open and close without an event of Neovim's.
---@param group integer
---@param bufnr integer
---@param changed fun()
function M.watch(group, bufnr, changed)
  vim.api.nvim_create_autocmd('User', {
    group = group,
    pattern = { 'BlinkCmpMenuOpen', 'BlinkCmpMenuClose', 'EmberlineMenuChanged' },
    callback = function()
      if vim.api.nvim_get_current_buf() == bufnr then
        vim.schedule(changed)
      end
    end,
  })
end

--- nvim-cmp has no such event: it calls who asks for it.
function M.hook()
  local cmp = loaded('cmp')
  if not cmp or cmp == hooked or type(cmp.event) ~= 'table' or type(cmp.event.on) ~= 'function' then
    return
  end
  hooked = cmp
  for _, name in ipairs({ 'menu_opened', 'menu_closed' }) do
    cmp.event:on(name, function()
      vim.api.nvim_exec_autocmds('User', { pattern = 'EmberlineMenuChanged', modeline = false })
    end)
  end
end

return M

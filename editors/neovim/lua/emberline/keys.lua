--- Default mappings, in the buffers the server is attached to. A key whose action has nothing to act on does what it
--- did before: the mapping that was there, or the key itself. And a mapping that was there comes first while a
--- completion menu is open or a snippet waits for its next place: that is what its key is for then.

local others = require('emberline.others')

local M = {}

---@class emberline.Engine
---@field visible fun(): boolean whether there is ghost text
---@field accept fun(cut: fun(text: string): string): boolean
---@field dismiss fun(): boolean
---@field cycle fun(step: 1|-1): boolean

---@class emberline.Bound
---@field lhs string
---@field before table|nil the buffer's own mapping that ours took the place of
---@field map fun() makes our mapping

local bound = {} ---@type table<integer, emberline.Bound[]>
local count = 0
local falling_back = false

--- The mapping of this key, as of `maparg()`: the buffer's own, else the one for all; empty where there is none.
---@param lhs string
---@param bufnr integer
---@return table
local function mapped(lhs, bufnr)
  return vim.api.nvim_buf_call(bufnr, function()
    return vim.fn.maparg(lhs, 'i', false, true)
  end)
end

--- Give an existing mapping a second name, with everything that makes it what it is.
---@param mapping table as of `maparg()`
---@return string # the keys that run it
local function rename(mapping, bufnr)
  count = count + 1
  local name = ('<Plug>(emberline-before-%d)'):format(count)
  local copy = vim.tbl_extend('force', mapping, { lhs = name, lhsraw = vim.keycode(name), buffer = 1 })
  copy.lhsrawalt = nil
  vim.api.nvim_buf_call(bufnr, function()
    vim.fn.mapset('i', false, copy)
  end)
  return name
end

--- What to return from the expression mapping when there is nothing to act on.
---@param lhs string
---@return fun(): string
---@return boolean # whether a mapping was there before
local function fallback(lhs, bufnr)
  local mapping = mapped(lhs, bufnr)
  if vim.tbl_isempty(mapping) then
    -- Neovim takes an unmapped <M-l> for <Esc>l, but only from the keyboard: from a mapping it would insert an "l".
    local key = lhs:match('^<[MmAa]%-(.)>$')
    return function()
      return key and '<Esc>' .. key or lhs
    end, false
  end
  local name = rename(mapping, bufnr)
  if mapping.noremap == 1 then
    return function()
      return name
    end, true
  end
  -- A recursive mapping may well produce its own key (`imap <expr> <Tab> Jumpable() ? … : '<Tab>'`), which under its
  -- own name was safe from recursion: so the second time around the key is only the key.
  return function()
    if falling_back then
      return lhs
    end
    falling_back = true
    return name .. '<Plug>(emberline-before-done)'
  end, true
end

-- In every mode: a snippet's mapping leaves with a place selected.
vim.keymap.set({ '', '!', 't' }, '<Plug>(emberline-before-done)', function()
  falling_back = false
end, { desc = 'Emberline: end of a mapping that was there before' })

--- Map one key in this buffer.
---@param bufnr integer
---@param action string
---@param lhs string
---@param engine emberline.Engine
---@return emberline.Bound
local function bind(bufnr, action, lhs, engine)
  local before = mapped(lhs, bufnr)
  local otherwise, is_taken = fallback(lhs, bufnr)
  local plug = ('<Plug>(emberline-%s)'):format((action:gsub('_', '-')))
  local asks = action == 'next' or action == 'previous'
  -- An expression, for only so does a key that is passed on still end an abbreviation and count as typed. And
  -- remapped, for a mapping's own key is not mapped again.
  local function map()
    vim.keymap.set('i', lhs, function()
      local gives_way = is_taken and (others.menu_is_open() or others.snippet_waits())
      return not gives_way and (asks or engine.visible()) and plug or otherwise()
    end, {
      buffer = bufnr,
      expr = true,
      remap = true,
      desc = 'Emberline: ' .. action:gsub('_', ' ') .. ', or as before',
    })
  end
  map()
  return { lhs = lhs, before = before.buffer == 1 and before or nil, map = map }
end

--- Map again the keys that somebody took for a while and then unmapped, as UltiSnips does with a snippet's: it does
--- not put back what was there. Whoever keeps a key has it.
---@param bufnr integer
local function restore(bufnr)
  for _, one in ipairs(vim.api.nvim_buf_is_valid(bufnr) and bound[bufnr] or {}) do
    if mapped(one.lhs, bufnr).buffer ~= 1 then
      one.map()
    end
  end
end

---@param bufnr integer
---@return integer
local function group_of(bufnr)
  return vim.api.nvim_create_augroup('emberline-keys-' .. bufnr, { clear = true })
end

--- Map the keys in this buffer.
---@param bufnr integer
---@param keys emberline.Keys|false
---@param engine emberline.Engine
function M.attach(bufnr, keys, engine)
  bound[bufnr] = {}
  for action, lhs in pairs(keys or {}) do
    if lhs then
      table.insert(bound[bufnr], bind(bufnr, action, lhs, engine))
    end
  end
  local group = group_of(bufnr)
  vim.api.nvim_create_autocmd('InsertEnter', {
    group = group,
    buffer = bufnr,
    callback = function()
      restore(bufnr)
    end,
  })
  others.after_snippet(group, function()
    restore(bufnr)
  end)
end

--- Take the mappings away and put back what was there.
---@param bufnr integer
function M.detach(bufnr)
  group_of(bufnr)
  for _, one in ipairs(vim.api.nvim_buf_is_valid(bufnr) and bound[bufnr] or {}) do
    pcall(vim.keymap.del, 'i', one.lhs, { buffer = bufnr })
    if one.before then
      vim.api.nvim_buf_call(bufnr, function()
        vim.fn.mapset('i', false, one.before)
      end)
    end
  end
  bound[bufnr] = nil
end

return M

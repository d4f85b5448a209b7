-- What exists before `setup()` is called: highlight groups and <Plug> names, nothing that runs by itself.

if vim.g.loaded_emberline then
  return
end
vim.g.loaded_emberline = true

vim.api.nvim_set_hl(0, 'EmberlineGhost', { default = true, link = 'NonText' })
vim.api.nvim_set_hl(0, 'EmberlineHint', { default = true, link = 'MoreMsg' })

for name, action in pairs({
  ['accept'] = 'accept',
  ['accept-word'] = 'accept_word',
  ['accept-line'] = 'accept_line',
  ['dismiss'] = 'dismiss',
  ['next'] = 'next',
  ['previous'] = 'previous',
}) do
  vim.keymap.set('i', ('<Plug>(emberline-%s)'):format(name), function()
    require('emberline')[action]()
  end, { desc = 'Emberline: ' .. name:gsub('-', ' ') })
end

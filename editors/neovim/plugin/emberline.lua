-- What exists before `setup()` is called: highlight groups and <Plug> names, nothing that runs by itself.

if vim.g.loaded_emberline then
  return
end
vim.g.loaded_emberline = true

--- Ghost text looks like NonText. Neovim's own colours leave that without a colour where 'termguicolors' is off, and
--- there nobody could tell ghost text from what stands in the file: so there it is grey (8).
local function highlight()
  local ghost = vim.api.nvim_get_hl(0, { name = 'NonText', link = false })
  ghost.ctermfg = ghost.ctermfg or 8
  ghost.default = true
  vim.api.nvim_set_hl(0, 'EmberlineGhost', ghost)
  vim.api.nvim_set_hl(0, 'EmberlineHint', { default = true, link = 'MoreMsg' })
  vim.api.nvim_set_hl(0, 'EmberlineProgress', { default = true, link = 'NormalFloat' })
  vim.api.nvim_set_hl(0, 'EmberlineWarning', { default = true, link = 'DiagnosticWarn' })
  vim.api.nvim_set_hl(0, 'EmberlineError', { default = true, link = 'DiagnosticError' })
  if vim.lsp.inline_completion and not vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false }).ctermfg then
    ghost.default = nil
    vim.api.nvim_set_hl(0, 'ComplHint', ghost)
  end
end

highlight()
vim.api.nvim_create_autocmd('ColorScheme', {
  group = vim.api.nvim_create_augroup('emberline.highlight', {}),
  callback = highlight,
})

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

vim.keymap.set({ 'n', 'x' }, '<Plug>(emberline-refactor)', function()
  require('emberline').refactor()
end, { desc = 'Emberline: refactor in your own words' })

vim.api.nvim_create_user_command('Emberline', function(args)
  local has_range = args.range > 0
  require('emberline.command').run(args.args, has_range and args.line1 or nil, has_range and args.line2 or nil)
end, {
  nargs = '*',
  range = true,
  desc = 'Ask Emberline something by hand',
  complete = function(lead, line, column)
    return require('emberline.command').complete(lead, line:sub(1, column))
  end,
})

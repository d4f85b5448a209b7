-- How Neovim starts the server. `require('emberline').setup()` enables it; whoever wants the bare client says
-- `vim.lsp.enable('emberline')` and may override every field with `vim.lsp.config('emberline', …)`.

return {
  cmd = { 'emberline', 'serve' },
  root_markers = { '.emberline.yaml', '.git' },
  capabilities = vim.tbl_deep_extend('force', vim.lsp.protocol.make_client_capabilities(), {
    -- Neovim 0.11 knows no inline completion, so it does not announce it.
    textDocument = { inlineCompletion = { dynamicRegistration = false } },
    -- Neovim applies these and says so nowhere.
    workspace = { workspaceEdit = { documentChanges = true } },
  }),
  -- The server starts its work at didChange: 150 ms of delay here would be 150 ms of waiting for ghost text.
  flags = { debounce_text_changes = 0 },
}

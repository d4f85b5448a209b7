--- `:checkhealth emberline`

local health = vim.health

local M = {}

local function check_neovim()
  if vim.fn.has('nvim-0.11') == 0 then
    health.error('Neovim 0.11 or newer is needed', { 'Update Neovim' })
    return
  end
  health.ok('Neovim ' .. tostring(vim.version()))
end

---@param config emberline.Config
local function check_ghost(config)
  local builtin = vim.lsp.inline_completion and config.ghost ~= 'own'
  health.ok('Ghost text: ' .. (builtin and "Neovim's own inline completion" or 'drawn by this plugin'))
end

local function check_command()
  local cmd = vim.lsp.config.emberline.cmd
  if type(cmd) ~= 'table' then
    return
  end
  if vim.fn.executable(cmd[1]) == 1 then
    health.ok(('Server command: %s (%s)'):format(table.concat(cmd, ' '), vim.fn.exepath(cmd[1])))
  else
    health.error(("Server command not found: '%s'"):format(cmd[1]), {
      ':Emberline install puts one into a private environment; or run `make install` in the project, and give the path: '
        .. "require('emberline').setup({ cmd = { '/path/to/.venv/bin/emberline', 'serve' } })",
    })
  end
end

local function check_server()
  local clients = vim.lsp.get_clients({ name = 'emberline' })
  local status = vim.g.emberline_status
  if #clients == 0 then
    if status and status.kind == 'error' then
      health.error('No server runs: ' .. status.message, { ':Emberline doctor looks for the reason' })
    else
      health.info('No server runs: it starts with the first file that is opened')
    end
  elseif status and (status.kind == 'warning' or status.kind == 'error') then
    health.warn('The server says: ' .. status.message, { ':Emberline doctor says what mends it' })
  end
  for _, client in ipairs(clients) do
    local info = client.server_info or {}
    health.ok(
      ('Server %s, client %d, %d buffer(s), root %s'):format(
        info.version or 'of unknown version',
        client.id,
        vim.tbl_count(client.attached_buffers),
        client.root_dir or 'none'
      )
    )
    if not client.server_capabilities.inlineCompletionProvider then
      health.error('The server offers no inline completion', { 'Update it: it is older than this plugin' })
    end
    if client.server_capabilities.codeActionProvider then
      health.ok('Refactorings: vim.lsp.buf.code_action() and :Emberline refactor')
    else
      health.warn('The server offers no refactorings', { 'Update it: it is older than this plugin' })
    end
    if client.flags.debounce_text_changes ~= 0 then
      health.warn('flags.debounce_text_changes is not 0: changes reach the server late', {
        'Leave `flags` of vim.lsp.config("emberline") alone',
      })
    end
  end
end

function M.check()
  health.start('emberline')
  check_neovim()
  local config = require('emberline').config()
  if not config then
    health.error('setup() was not called', { "Put `require('emberline').setup()` in your configuration" })
    return
  end
  check_ghost(config)
  check_command()
  check_server()
end

return M

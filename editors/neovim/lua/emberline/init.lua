--- Emberline for Neovim: `require('emberline').setup()` starts the server and shows its ghost text.

local piece = require('emberline.piece')

local M = {}

---@type emberline.Config|nil
local config

---@return emberline.Engine|{ attach: function, detach: function, refresh: fun(uri: string) }
local function engine()
  local builtin = config and config.ghost ~= 'own' and vim.lsp.inline_completion
  return require(builtin and 'emberline.builtin' or 'emberline.own')
end

--- Accept the ghost text.
---@return boolean # false when there is none
function M.accept()
  return engine().accept(piece.whole)
end

--- Accept its next word.
---@return boolean
function M.accept_word()
  return engine().accept(piece.word)
end

--- Accept it to the end of the line.
---@return boolean
function M.accept_line()
  return engine().accept(piece.line)
end

--- Hide it until the text changes.
---@return boolean
function M.dismiss()
  return engine().dismiss()
end

--- Show the next alternative; asks for some, and for ghost text where there is none.
---@return boolean
function M.next()
  return engine().cycle(1)
end

--- Show the alternative before; otherwise as `next()`.
---@return boolean
function M.previous()
  return engine().cycle(-1)
end

--- Whether there is ghost text to accept.
---@return boolean
function M.visible()
  return engine().visible()
end

--- What the server is doing, for 'statusline': "ember: warm", or empty before it has said anything. Trouble is
--- highlighted, so write it as `%{%v:lua.require'emberline'.statusline()%}`.
---@return string
function M.statusline()
  local text, group = require('emberline.status').short()
  return group and ('%%#%s#%s%%*'):format(group, text) or text
end

--- Ask for an instruction in your own words, and carry it out for the cursor or the selection.
function M.refactor()
  require('emberline.refactor').ask()
end

--- Stop the refactorings that run.
function M.cancel()
  require('emberline.refactor').cancel()
end

--- The settings in force; nil before `setup()`.
---@return emberline.Config|nil
function M.config()
  return config
end

---@param bufnr integer
local function attach(bufnr)
  local settings = assert(config)
  require('emberline.keys').detach(bufnr)
  engine().attach(bufnr, settings)
  require('emberline.keys').attach(bufnr, settings.keys, engine())
end

---@param bufnr integer
local function detach(bufnr)
  require('emberline.keys').detach(bufnr)
  engine().detach(bufnr)
end

--- Start Emberline in every buffer with a file, those open already included. See :help emberline-setup.
---@param settings? emberline.Settings
function M.setup(settings)
  if vim.fn.has('nvim-0.11') == 0 then
    error('emberline needs Neovim 0.11 or newer', 0)
  end
  config = require('emberline.config').resolve(settings)

  local dialogs, refactor = require('emberline.dialogs'), require('emberline.refactor')

  local group = vim.api.nvim_create_augroup('emberline', { clear = true })
  local function on(event, act)
    vim.api.nvim_create_autocmd(event, {
      group = group,
      callback = function(args)
        local client = vim.lsp.get_client_by_id(args.data.client_id)
        if client and client.name == 'emberline' then
          act(args.buf)
        end
      end,
    })
  end
  on('LspAttach', attach)
  on('LspDetach', detach)

  vim.lsp.config('emberline', {
    cmd = config.cmd or require('emberline.install').command(),
    filetypes = config.filetypes,
    init_options = vim.tbl_deep_extend(
      'force',
      { emberline = { refresh = true, dialogs = true } },
      config.init_options
    ),
    capabilities = {
      workspace = {
        workspaceEdit = {
          -- Neovim 0.12 would ask for each file alone, and leave the others changed where one is refused. The server
          -- asks for all of them by `emberline/confirm`.
          changeAnnotationSupport = vim.NIL,
          failureHandling = 'textOnlyTransactional',
        },
      },
    },
    on_exit = function(code, signal, client_id)
      vim.schedule(function()
        require('emberline.refactor').forget(client_id)
      end)
      -- Twice, for Neovim takes note of the end in the same way: it has done so when this runs.
      vim.schedule(vim.schedule_wrap(function()
        require('emberline.status').ended(code, signal)
      end))
    end,
    commands = {
      -- From every menu: so what came of it is told.
      [refactor.COMMAND] = function(command, ctx)
        local client = vim.lsp.get_client_by_id(ctx.client_id)
        if client then
          refactor.run(client, command, ctx.bufnr)
        end
      end,
    },
    handlers = {
      ['workspace/applyEdit'] = require('emberline.edit').handle,
      ['window/showMessage'] = refactor.message,
      ['emberline/input'] = dialogs.input,
      ['emberline/confirm'] = dialogs.confirm,
      ['emberline/show'] = dialogs.show,
      ['emberline/refreshInlineCompletion'] = function(_, params)
        engine().refresh(params.uri)
      end,
      -- For status lines (`vim.g.emberline_status`); without a handler Neovim would log each one as unknown.
      ['didChangeStatus'] = function(_, params)
        require('emberline.status').set(params)
      end,
    },
  })
  vim.lsp.enable('emberline')
end

return M

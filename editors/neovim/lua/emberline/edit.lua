--- Workspace edits, all or nothing. Neovim's own code applies them one file after the other, passes over what does
--- not fit, and says that all is well: so everything is looked at first.

local M = {}

local touched = {} ---@type table<integer, string[]> files whose text the last edit changed, by client

local UNDO = 'let &l:undolevels = &l:undolevels'

---@param bufnr integer
---@param act fun()
local function within(bufnr, act)
  vim.api.nvim_buf_call(bufnr, act)
end

--- Ends the undo step of what was changed before, or makes this edit one of its own.
---@param bufnr integer
local function end_undo_step(bufnr)
  within(bufnr, function()
    vim.cmd(UNDO)
  end)
end

---@param uri string
---@return string
local function name(uri)
  return vim.fn.fnamemodify(vim.uri_to_fname(uri), ':~:.')
end

--- Load the buffer of a file that is to be edited.
---@param uri string
---@return integer bufnr
---@return string|nil # why it cannot be edited
local function load(uri)
  local bufnr = vim.uri_to_bufnr(uri)
  if not vim.api.nvim_buf_is_loaded(bufnr) then
    local is_loaded, why = pcall(vim.fn.bufload, bufnr)
    if not is_loaded or not vim.api.nvim_buf_is_loaded(bufnr) then
      return bufnr, ('%s cannot be opened: %s'):format(name(uri), tostring(why):match('E%d+:.*') or 'why is unknown')
    end
  end
  if not vim.bo[bufnr].modifiable then
    return bufnr, name(uri) .. ' is not modifiable'
  end
  return bufnr
end

---@class emberline.Survey what an edit needs, looked at before it is begun
---@field buffers integer[] those whose text changes, loaded
---@field loaded integer[] those of them that were not before
---@field obstacle string|nil

--- Whether a resource operation can be done; `there` holds what earlier ones have changed.
---@param change lsp.CreateFile|lsp.RenameFile|lsp.DeleteFile
---@param there table<string, boolean>
---@return string|nil obstacle
local function look_at_file(change, there)
  local options = change.options or {}
  local function exists(uri)
    if there[uri] == nil then
      return vim.uv.fs_stat(vim.uri_to_fname(uri)) ~= nil
    end
    return there[uri]
  end
  if change.kind == 'create' then
    if exists(change.uri) and not options.overwrite and not options.ignoreIfExists then
      return name(change.uri) .. ' is there already'
    end
    there[change.uri] = true
  elseif change.kind == 'rename' then
    if not exists(change.oldUri) then
      return name(change.oldUri) .. ' is not on the disk'
    elseif exists(change.newUri) and not options.overwrite then
      return name(change.newUri) .. ' is there already'
    end
    there[change.oldUri], there[change.newUri] = false, true
  elseif change.kind == 'delete' then
    if not exists(change.uri) and not options.ignoreIfNotExists then
      return name(change.uri) .. ' is not there'
    end
    there[change.uri] = false
  else
    return ('"%s" is nothing that this plugin knows how to do'):format(change.kind)
  end
end

---@param edit lsp.WorkspaceEdit
---@return emberline.Survey
local function look(edit)
  local survey = { buffers = {}, loaded = {} } ---@type emberline.Survey
  local there = {} ---@type table<string, boolean>
  local changes = edit.documentChanges
    or vim.tbl_map(function(uri)
      return { textDocument = { uri = uri } }
    end, vim.tbl_keys(edit.changes or {}))
  for _, change in ipairs(changes) do
    if change.kind then
      survey.obstacle = look_at_file(change, there)
    elseif not there[change.textDocument.uri] then -- else it is made or moved here by this very edit
      local uri, version = change.textDocument.uri, change.textDocument.version
      local was_loaded = vim.fn.bufloaded(vim.uri_to_fname(uri)) == 1
      local bufnr, obstacle = load(uri)
      table.insert(survey.buffers, bufnr)
      if not was_loaded then
        table.insert(survey.loaded, bufnr)
      end
      survey.obstacle = obstacle
      if type(version) == 'number' and version > 0 and vim.lsp.util.buf_versions[bufnr] ~= version then
        survey.obstacle = name(uri) .. ' has changed meanwhile'
      end
    end
    if survey.obstacle then
      return survey
    end
  end
  return survey
end

---@param survey emberline.Survey
local function unload(survey)
  for _, bufnr in ipairs(survey.loaded) do
    if vim.api.nvim_buf_is_valid(bufnr) and not vim.bo[bufnr].modified and #vim.fn.win_findbuf(bufnr) == 0 then
      pcall(vim.api.nvim_buf_delete, bufnr, { unload = true })
    end
  end
end

--- Neovim tells of every annotation in a message of several lines, which asks for <Enter>. Those that want a
--- question stay.
---@param edit lsp.WorkspaceEdit
local function drop_idle_annotations(edit)
  for _, annotation in pairs(edit.changeAnnotations or {}) do
    if annotation.needsConfirmation then
      return
    end
  end
  edit.changeAnnotations = nil
  for _, change in ipairs(edit.documentChanges or {}) do
    change.annotationId = nil
    for _, each in ipairs(change.edits or {}) do
      each.annotationId = nil
    end
  end
end

---@param edit lsp.WorkspaceEdit
---@return string[] # URIs
local function written(edit)
  local uris = {} ---@type table<string, true>
  for _, change in ipairs(edit.documentChanges or {}) do
    if change.textDocument then
      uris[change.textDocument.uri] = true
    end
  end
  for uri in pairs(not edit.documentChanges and edit.changes or {}) do
    uris[uri] = true
  end
  return vim.tbl_keys(uris)
end

--- A buffer is a line even where its file is empty, and Neovim's own code keeps that one behind the text of a new
--- file: an empty line too many.
---@param edit lsp.WorkspaceEdit
local function trim_new_files(edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    local bufnr = change.kind == 'create' and vim.uri_to_bufnr(change.uri)
    if bufnr and vim.api.nvim_buf_is_loaded(bufnr) then
      local lines = vim.api.nvim_buf_get_lines(bufnr, -3, -1, false)
      if #lines == 2 and lines[2] == '' then
        vim.api.nvim_buf_set_lines(bufnr, -2, -1, false, {})
      end
    end
  end
end

--- How many files the client's last edit left changed and not written, if there are any but the one in sight. It is
--- told once.
---@param client_id integer
---@return integer
function M.take_unwritten(client_id)
  local count, is_elsewhere = 0, false
  for _, uri in ipairs(touched[client_id] or {}) do
    local bufnr = vim.uri_to_bufnr(uri)
    if vim.bo[bufnr].modified then
      count = count + 1
      is_elsewhere = is_elsewhere or bufnr ~= vim.api.nvim_get_current_buf()
    end
  end
  touched[client_id] = nil
  return is_elsewhere and count or 0
end

--- Do all of it, or nothing.
---@param edit lsp.WorkspaceEdit
---@param client vim.lsp.Client
---@return lsp.ApplyWorkspaceEditResult
function M.apply(edit, client)
  local survey = look(edit)
  if survey.obstacle then
    unload(survey)
    return { applied = false, failureReason = survey.obstacle, failedChange = 0 }
  end
  touched[client.id] = written(edit)
  drop_idle_annotations(edit)
  local before = {} ---@type table<integer, integer>
  for _, bufnr in ipairs(survey.buffers) do
    end_undo_step(bufnr)
    before[bufnr] = vim.fn.undotree(bufnr).seq_cur
  end
  local is_done, why = pcall(function()
    vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
    trim_new_files(edit)
  end)
  for bufnr, step in pairs(before) do
    if vim.api.nvim_buf_is_valid(bufnr) and vim.api.nvim_buf_is_loaded(bufnr) then
      if is_done then
        end_undo_step(bufnr)
      else
        within(bufnr, function()
          vim.cmd(('silent undo %d'):format(step))
        end)
      end
    end
  end
  return is_done and { applied = true } or { applied = false, failureReason = tostring(why) }
end

--- `workspace/applyEdit`
---@param params lsp.ApplyWorkspaceEditParams
---@param ctx lsp.HandlerContext
---@return lsp.ApplyWorkspaceEditResult
function M.handle(_, params, ctx)
  return M.apply(params.edit, assert(vim.lsp.get_client_by_id(ctx.client_id)))
end

return M

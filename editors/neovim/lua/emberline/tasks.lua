--- Routine work by the server: a commit message, a summary, an answer about the workspace.

local say = require('emberline.say').say

local M = {}

local count = 0 -- of requests, for a token each

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param use fun(result: table)
local function ask(client, method, params, use)
  count = count + 1
  params.workDoneToken = ('emberline/task/%d'):format(count)
  local is_sent = client:request(method, params, function(err, result)
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif type(result) == 'table' then
      use(result)
    end
  end)
  if not is_sent then
    say('the server does not listen; :Emberline restart starts another', vim.log.levels.ERROR)
  end
end

--- Something to read, with what was computed where under it.
---@param title string
---@param markdown string
---@param words string|nil
---@param footer string|nil
local function show(title, markdown, words, footer)
  local lines = vim.split(vim.trim((markdown:gsub('\r\n', '\n'))), '\n')
  if words and words ~= '' then
    vim.list_extend(lines, { '', ('*%s*'):format((words:gsub('%s*\n%s*', ' '))) })
  end
  require('emberline.rest').when(function(done)
    require('emberline.pane').open({
      lines = lines,
      filetype = 'markdown',
      title = title,
      footer = footer or 'q close',
      keys = {
        ['q'] = function(close)
          close()
        end,
      },
      closed = done,
    })
  end)
end

--- Where a commit message's own text ends: at git's first comment, or at its scissors.
---@param bufnr integer
---@return integer # lines above it that are not empty
local function written(bufnr)
  local count = 0
  local sign = vim.bo[bufnr].commentstring:match('^(%S+)') or '#'
  for _, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, true)) do
    if vim.startswith(line, sign) then
      break
    elseif line:match('%S') then
      count = count + 1
    end
  end
  return count
end

--- The message goes where the commit is being written; elsewhere it is shown, and stands in the unnamed register.
---@param bufnr integer
---@param message string
---@param words string
local function place(bufnr, message, words)
  local is_commit = vim.api.nvim_buf_is_valid(bufnr) and vim.bo[bufnr].filetype == 'gitcommit'
  if is_commit and written(bufnr) == 0 then
    local lines = vim.split(vim.trim(message), '\n')
    local first = vim.api.nvim_buf_get_lines(bufnr, 0, 1, false)[1]
    vim.api.nvim_buf_set_lines(bufnr, 0, first == '' and 1 or 0, false, vim.list_extend(lines, first == '' and { '' } or {}))
    say(words)
    return
  end
  vim.fn.setreg('"', vim.trim(message) .. '\n')
  local why = is_commit and 'there is a message already; ' or ''
  show('Commit message', message, words, ('q close   %sp puts it'):format(why))
end

--- A message for what is staged.
---@param client vim.lsp.Client
function M.commit(client)
  local bufnr = vim.api.nvim_get_current_buf()
  local folder = client.root_dir or vim.fn.getcwd()
  ask(client, 'emberline/commitMessage', { folder = vim.uri_from_fname(folder) }, function(result)
    place(bufnr, result.message, result.words)
  end)
end

--- What the document says, or the lines of a range; of a log, what happened in it.
---@param client vim.lsp.Client
---@param first integer|nil counted from 1
---@param last integer|nil
function M.summarize(client, first, last)
  local bufnr = vim.api.nvim_get_current_buf()
  local name = vim.fs.basename(vim.api.nvim_buf_get_name(bufnr))
  local params = { uri = vim.uri_from_bufnr(bufnr) }
  local is_log = vim.bo[bufnr].filetype == 'log' or name:match('%.log$') or name:match('%.log%.%d+$')
  if first and last then
    params.range = {
      start = { line = first - 1, character = 0 },
      ['end'] = { line = last, character = 0 },
    }
  end
  local method = is_log and not params.range and 'emberline/summarizeLog' or 'emberline/summarize'
  ask(client, method, params, function(result)
    show(('Summary of %s'):format(name), result.markdown, result.words)
  end)
end

---@param citations { uri: string, range: lsp.Range, excerpt?: string }[]
---@param question string
---@param encoding string
local function to_quickfix(citations, question, encoding)
  local items = vim.lsp.util.locations_to_items(citations, encoding)
  for index, item in ipairs(items) do
    local excerpt = citations[index].excerpt
    item.text = excerpt and vim.trim(vim.split(vim.trim(excerpt), '\n')[1]) or item.text
  end
  vim.fn.setqflist({}, ' ', { title = 'Emberline: ' .. question, items = items })
end

--- A question about the workspace. The places that the answer rests on stand in the quickfix list.
---@param client vim.lsp.Client
---@param question string
function M.ask(client, question)
  ask(client, 'emberline/ask', { question = question }, function(result)
    local citations = result.citations or {}
    if #citations > 0 then
      to_quickfix(citations, question, client.offset_encoding)
    end
    local places = #citations > 0 and '   the places are in the quickfix list (:copen)' or ''
    show(question, result.markdown, result.words, 'q close' .. places)
  end)
end

return M

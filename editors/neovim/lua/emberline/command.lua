--- `:Emberline SUBCOMMAND`: what is asked of the server by hand.

local M = {}

---@param method string
---@param show fun(result: any)
local function ask(method, show)
  local client = vim.lsp.get_clients({ name = 'emberline' })[1]
  if not client then
    vim.notify('Emberline is not running here; :checkhealth emberline says why.', vim.log.levels.WARN)
    return
  end
  client:request(method, vim.empty_dict(), function(err, result)
    if err then
      vim.notify('Emberline: ' .. err.message, vim.log.levels.ERROR)
    else
      show(result)
    end
  end)
end

---@type table<string, fun()>
local subcommands = {
  --- Why the last request went where it went.
  explain = function()
    ask('emberline/explainRoute', function(result)
      local lines = vim.split(result.text, '\n', { trimempty = true })
      vim.lsp.util.open_floating_preview(lines, 'text', { border = 'rounded', focus_id = 'emberline.explain' })
    end)
  end,
}

---@param lead string
---@return string[]
function M.complete(lead)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(subcommands))
  table.sort(names)
  return names
end

---@param name string
function M.run(name)
  local subcommand = subcommands[name]
  if subcommand then
    subcommand()
  else
    vim.notify(
      ('Emberline: no subcommand "%s"; there is %s.'):format(name, table.concat(M.complete(''), ', ')),
      vim.log.levels.ERROR
    )
  end
end

return M

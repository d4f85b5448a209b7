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
  client:request(method, { uri = vim.uri_from_bufnr(0) }, function(err, result)
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
      local _, window = vim.lsp.util.open_floating_preview(lines, 'text', {
        border = 'rounded',
        focus_id = 'emberline.explain',
        max_width = math.min(110, vim.o.columns - 4),
      })
      -- Whole words, and what goes on stands under what it continues: the explanation has two columns.
      for option, value in pairs({ wrap = true, linebreak = true, breakindent = true, breakindentopt = 'shift:16' }) do
        vim.api.nvim_set_option_value(option, value, { win = window })
      end
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

--- What a refactoring would change, for the user to look at and decide.

local pane = require('emberline.pane')

local M = {}

---@class emberline.Proposed the parameters of `emberline/confirm`
---@field title string
---@field words string what it is and where it was computed
---@field diff string unified
---@field files { uri: string, kind: 'edit'|'create'|'move'|'delete' }[]
---@field token? string|integer of the progress that it belongs to

local FOOTER = 'y accept   q refuse   ]f [f next, previous file'
local KINDS = { edit = 'changes', create = 'creates', move = 'moves', delete = 'deletes' }

--- The lines at which a file's part of a unified diff begins. A hunk's own lines are counted, not read: what they
--- hold may look like a heading.
---@param lines string[]
---@return integer[] # 1-based, in order
function M.headings(lines)
  local found = {} ---@type integer[]
  local row, in_heading = 1, false
  while row <= #lines do
    local line = lines[row]
    local old, new = line:match('^@@ %-%d+,?(%d*) %+%d+,?(%d*) @@')
    if old then
      local left = { ['-'] = tonumber(old) or 1, ['+'] = tonumber(new) or 1 }
      in_heading = false
      while left['-'] + left['+'] > 0 and row < #lines do
        row = row + 1
        local sign = lines[row]:sub(1, 1)
        for _, side in ipairs((sign == '-' or sign == '+') and { sign } or sign ~= '\\' and { '-', '+' } or {}) do
          left[side] = left[side] - 1
        end
      end
    elseif line:match('^diff ') or line:match('^%-%-%- ') and not in_heading then
      table.insert(found, row)
      in_heading = true
    end
    row = row + 1
  end
  return found
end

---@param proposed emberline.Proposed
---@return string[] lines
---@return integer[] headings
local function content(proposed)
  local lines = vim.split(vim.trim(proposed.words), '\n')
  table.insert(lines, '')
  for _, file in ipairs(proposed.files) do
    local path = vim.fn.fnamemodify(vim.uri_to_fname(file.uri), ':~:.')
    table.insert(lines, ('  %-9s%s'):format(KINDS[file.kind] or file.kind, path))
  end
  table.insert(lines, '')
  local diff = vim.split(proposed.diff:gsub('\r', ''), '\n', { trimempty = true })
  local headings = vim.tbl_map(function(row)
    return row + #lines
  end, M.headings(diff))
  return vim.list_extend(lines, diff), headings
end

--- Go to the heading after or before the cursor; from the last and the first one nowhere.
---@param headings integer[]
---@param step 1|-1
local function jump(headings, step)
  local row = vim.api.nvim_win_get_cursor(0)[1]
  local first, last = step > 0 and 1 or #headings, step > 0 and #headings or 1
  for index = first, last, step do
    if (headings[index] - row) * step > 0 then
      vim.api.nvim_win_set_cursor(0, { headings[index], 0 })
      vim.cmd('normal! zt')
      return
    end
  end
end

--- Show it.
---@param proposed emberline.Proposed
---@param decided fun(accept: boolean) called once; a window that is closed in any other way refuses
---@return fun() close
function M.open(proposed, decided)
  local lines, headings = content(proposed)
  local is_accepted = false
  local function accept(close)
    is_accepted = true
    close()
  end
  local function refuse(close)
    close()
  end
  local function jumps(step)
    return function()
      jump(headings, step)
    end
  end
  local _, close = pane.open({
    lines = lines,
    filetype = 'diff',
    title = proposed.title,
    footer = FOOTER,
    keys = {
      ['y'] = accept,
      ['<CR>'] = accept,
      ['q'] = refuse,
      ['n'] = refuse,
      ['<Esc>'] = refuse,
      [']f'] = jumps(1),
      ['[f'] = jumps(-1),
    },
    closed = function()
      decided(is_accepted)
    end,
  })
  return close
end

return M

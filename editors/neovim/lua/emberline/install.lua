--- The server in a private Python environment below Neovim's data folder. What is there stays in use until the new one
--- is whole.

local program = require('emberline.program')
local say = require('emberline.say').say

local M = {}

local PYTHONS = { 'python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python', 'py' }
local IS_NEW_ENOUGH = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

---@return string
local function storage()
  return vim.fs.joinpath(vim.fn.stdpath('data'), 'emberline')
end

--- The file that says which environment is in use.
---@return string
local function pointer()
  return vim.fs.joinpath(storage(), 'server')
end

---@param folder string
---@param name string
---@return string
local function inside(folder, name)
  local is_windows = vim.fn.has('win32') == 1
  return vim.fs.joinpath(folder, is_windows and 'Scripts' or 'bin', is_windows and name .. '.exe' or name)
end

--- The installed server's program; nil where there is none.
---@return string|nil
function M.installed()
  local is_there, lines = pcall(vim.fn.readfile, pointer())
  local found = is_there and lines[1] and inside(vim.fs.joinpath(storage(), lines[1]), 'emberline')
  return found and vim.fn.executable(found) == 1 and found or nil
end

--- What pip is to install: the project that this plugin lies in, else the published package.
---@return string
local function requirement()
  local here = vim.fs.dirname(vim.fs.abspath(debug.getinfo(1, 'S').source:sub(2)))
  local project = vim.fs.root(here, 'pyproject.toml')
  return (project or 'emberline') .. '[engine]'
end

---@return string|nil
local function python()
  for _, name in ipairs(PYTHONS) do
    if vim.fn.executable(name) == 1 and vim.system({ name, '-c', IS_NEW_ENOUGH }):wait().code == 0 then
      return name
    end
  end
end

---@param kept string
local function remove_others(kept)
  for name in vim.fs.dir(storage()) do
    if vim.startswith(name, 'server-') and name ~= kept then
      -- On Windows what runs cannot be removed: the next installation does it.
      pcall(vim.fs.rm, vim.fs.joinpath(storage(), name), { recursive = true, force = true })
    end
  end
end

--- Two steps in one terminal, so that the user sees both and can stop either.
---@param interpreter string
---@param folder string
---@return string[]
local function steps(interpreter, folder)
  local script = table.concat({
    'import subprocess, sys, venv',
    'folder, python, requirement = sys.argv[1:]',
    'print("Making a private Python environment", flush=True)',
    'venv.create(folder, with_pip=True)',
    'pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", requirement]',
    'sys.exit(subprocess.run(pip).returncode)',
  }, '\n')
  return { interpreter, '-c', script, folder, inside(folder, 'python'), requirement() }
end

--- Whether the command in force is one that was installed here, or none that could run.
---@param before string|nil what was installed here
---@return boolean
local function gives_way(before)
  local config, command = require('emberline').config(), vim.lsp.config.emberline.cmd
  if config and config.cmd or type(command) ~= 'table' then
    return false
  end
  return command[1] == before or vim.fn.executable(command[1]) == 0
end

--- Install or update it, in a terminal below, and start it for the open files.
---@param restart fun()
function M.run(restart)
  local interpreter = python()
  if not interpreter then
    say('there is no Python 3.11 or newer with venv on the PATH; install one', vim.log.levels.ERROR)
    return
  end
  vim.fn.mkdir(storage(), 'p')
  local name = ('server-%x'):format(os.time())
  local folder, before = vim.fs.joinpath(storage(), name), M.installed()
  program.in_terminal(steps(interpreter, folder), { cwd = storage() }, function(status)
    local found = inside(folder, 'emberline')
    if status ~= 0 or vim.fn.executable(found) == 0 then
      pcall(vim.fs.rm, folder, { recursive = true, force = true })
      say('the server was not installed; nothing of it was kept', vim.log.levels.ERROR)
      return
    end
    vim.fn.writefile({ name }, pointer())
    remove_others(name)
    if gives_way(before) then
      vim.lsp.config('emberline', { cmd = { found, 'serve' } })
      say('the server is installed')
      restart()
    else
      say(('the server is installed as %s, but `cmd` or the PATH names another one'):format(found))
    end
  end)
end

--- The command of the server that was installed here, where no other one is on the PATH.
---@return string[]|nil
function M.command()
  local own = vim.fn.executable('emberline') == 0 and M.installed()
  return own and { own, 'serve' } or nil
end

return M

"""Questions about the workspace, answered from it with file and line, or with "not found here".

Nothing is imported here: the process that reads the workspace needs little of it, and starts quickly.
"""

"""What the client told about itself in `initialize`, read without importing the protocol's types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pygls.uris import to_fs_path  # cheap: it brings none of the protocol's types

from emberline.documents.encoding import PositionEncoding
from emberline.lsp.codes import Code, Refused

_BY_MODEL = 1
"""`CodeActionTag.LLMGenerated`."""
_ENCODINGS = {encoding.value: encoding for encoding in PositionEncoding}


@dataclass(frozen=True, slots=True)
class Actions:
    """What the client makes of code actions."""

    literals: bool
    """It takes code actions; else plain commands."""
    edit_later: bool
    """It asks for an action's edit when the user chooses it, and keeps the action's `data` until then."""
    disabled: bool
    """It shows what cannot be done, and why."""
    preferred: bool
    by_model: bool
    """It marks what a language model makes."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Which edits the client takes."""

    on_request: bool
    """It applies edits that the server sends by itself (`workspace/applyEdit`)."""
    versioned: bool
    """It takes `documentChanges`."""
    operations: frozenset[str]
    """Of "create", "rename" and "delete", those that it can do to files."""
    annotations: bool
    """Its user can look at every change first."""
    failure_handling: str
    """What it does where a part of an edit fails, in the protocol's words; empty: it does not say."""
    metadata: bool


@dataclass(frozen=True, slots=True)
class Client:
    """The client's abilities and wishes, as far as this server minds."""

    encoding: PositionEncoding
    progress: bool
    """It shows work-done progress that the server begins."""
    refreshable: bool
    """It understands `emberline/refreshInlineCompletion`."""
    menu: bool
    """It knows no inline completion: it is offered suggestions as entries of its completion menu."""
    markdown: bool
    """Its completion menu can show Markdown beside an entry."""
    actions: Actions
    edits: Edits
    dialogs: bool
    """It answers `emberline/input` and `emberline/confirm`, and shows what `emberline/show` says."""
    watches: bool
    """It can be asked to watch files."""
    file_operations: bool
    """It tells of files that are made, renamed and deleted in it."""
    folders: tuple[Path, ...]
    process_id: int | None
    options: Mapping[str, object]
    """The `emberline` section of its initialization options."""


def read_client(params: object) -> Client:
    """The client of these `initialize` params. Raises `Refused` where their shape is wrong."""
    told = _mapping(params, "params")
    capabilities = _mapping(told.get("capabilities"), "capabilities")
    options = _mapping(_mapping(told.get("initializationOptions"), "initializationOptions").get("emberline"))
    document = _mapping(capabilities.get("textDocument"))
    workspace = _mapping(capabilities.get("workspace"))
    refreshable = options.get("refresh") is True
    process_id = told.get("processId")
    if process_id is not None and (not isinstance(process_id, int) or isinstance(process_id, bool)):
        raise Refused(Code.INVALID_PARAMS, "processId must be an integer or null")
    return Client(
        encoding=_encoding(_mapping(capabilities.get("general")).get("positionEncodings")),
        progress=_mapping(capabilities.get("window")).get("workDoneProgress") is True,
        refreshable=refreshable,
        menu=not (
            refreshable or isinstance(document.get("inlineCompletion"), dict) or _without_menu(options)
        ),
        markdown=_shows_markdown(document),
        actions=_actions(_mapping(document.get("codeAction"))),
        edits=_edits(workspace),
        dialogs=options.get("dialogs") is True,
        watches=_mapping(workspace.get("didChangeWatchedFiles")).get("dynamicRegistration") is True,
        file_operations=isinstance(workspace.get("fileOperations"), dict),
        folders=_folders(told),
        process_id=process_id,
        options=options,
    )


def path_of(uri: str) -> Path | None:
    """The file that a URI names, or None for one that names no file of this machine."""
    try:
        path = to_fs_path(uri)
    except ValueError:  # a broken address, such as an unclosed bracket in the host
        return None
    return None if path is None else Path(path)


def _encoding(offered: object) -> PositionEncoding:
    """The first of the client's list that we know; UTF-16 where it offers none, as the protocol demands."""
    if isinstance(offered, list):
        for name in offered:
            if isinstance(name, str) and name in _ENCODINGS:
                return _ENCODINGS[name]
    return PositionEncoding.UTF16


def _without_menu(options: Mapping[str, object]) -> bool:
    """Whether the editor's own settings switch the menu off: then nothing of it is even advertised."""
    return _mapping(options.get("completion")).get("menu") is False


def _shows_markdown(document: Mapping[str, object]) -> bool:
    item = _mapping(_mapping(document.get("completion")).get("completionItem"))
    formats = item.get("documentationFormat")
    return isinstance(formats, list) and "markdown" in formats


def _actions(told: Mapping[str, object]) -> Actions:
    resolved = _mapping(told.get("resolveSupport")).get("properties")
    tags = _mapping(told.get("tagSupport")).get("valueSet")
    return Actions(
        literals=isinstance(told.get("codeActionLiteralSupport"), dict),
        edit_later=isinstance(resolved, list) and "edit" in resolved and told.get("dataSupport") is True,
        disabled=told.get("disabledSupport") is True,
        preferred=told.get("isPreferredSupport") is True,
        by_model=isinstance(tags, list) and _BY_MODEL in tags,
    )


def _edits(workspace: Mapping[str, object]) -> Edits:
    told = _mapping(workspace.get("workspaceEdit"))
    listed, handling = told.get("resourceOperations"), told.get("failureHandling")
    operations = (
        frozenset(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()
    )
    # Neovim lists its operations alone; they stand nowhere but in `documentChanges`.
    versioned = told.get("documentChanges") is True or bool(operations)
    return Edits(
        on_request=workspace.get("applyEdit") is True,
        versioned=versioned,
        operations=frozenset(operations),
        annotations=versioned and isinstance(told.get("changeAnnotationSupport"), dict),
        failure_handling=handling if isinstance(handling, str) else "",
        metadata=told.get("metadataSupport") is True,
    )


def _folders(told: Mapping[str, object]) -> tuple[Path, ...]:
    folders = told.get("workspaceFolders")
    if folders is None:
        root = told.get("rootUri")
        folders = [] if root is None else [{"uri": root}]
    if not isinstance(folders, list):
        raise Refused(Code.INVALID_PARAMS, "workspaceFolders must be an array or null")
    paths = []
    for folder in folders:
        uri = _mapping(folder, "workspaceFolders[]").get("uri")
        if not isinstance(uri, str):
            raise Refused(Code.INVALID_PARAMS, "a workspace folder's uri must be a string")
        if (path := path_of(uri)) is not None:
            paths.append(path)
    return tuple(paths)


def _mapping(value: object, name: str = "") -> Mapping[str, object]:
    """A JSON object; nothing at all counts as an empty one. Unnamed ones are optional and never refused."""
    if isinstance(value, dict):
        return value
    if name and value is not None:
        raise Refused(Code.INVALID_PARAMS, f"{name} must be an object")
    return {}

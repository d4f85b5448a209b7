"""What the client tells of files: its watcher's events, and what its user made, renamed and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lsprotocol import types

from emberline.lsp.client import Client
from emberline.lsp.protocol import EdgeProtocol

_REGISTRATION = "emberline/files"
_EVERYTHING = "**/*"


class FileEvents:
    """Passes on every file, or whole folder, that came, went or was written, by its URI."""

    def __init__(
        self, protocol: EdgeProtocol, client: Client, tell: Callable[[tuple[str, ...]], None]
    ) -> None:
        self._protocol = protocol
        self._client = client
        self._tell = tell

    def handlers(self) -> dict[str, Callable[..., object]]:
        return {
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self._changed,
            types.WORKSPACE_DID_CREATE_FILES: self._named,
            types.WORKSPACE_DID_DELETE_FILES: self._named,
            types.WORKSPACE_DID_RENAME_FILES: self._renamed,
        }

    def watch(self) -> None:
        """Has the client watch the workspace, where it can be asked to. What it answers changes nothing."""
        if not self._client.watches:
            return
        watchers = [types.FileSystemWatcher(glob_pattern=_EVERYTHING)]
        registration = types.Registration(
            _REGISTRATION,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            types.DidChangeWatchedFilesRegistrationOptions(watchers),
        )
        self._protocol.send_request(
            types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration])
        )

    def _changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        self._pass_on(each.uri for each in params.changes)

    def _named(self, params: types.CreateFilesParams | types.DeleteFilesParams) -> None:
        self._pass_on(each.uri for each in params.files)

    def _renamed(self, params: types.RenameFilesParams) -> None:
        self._pass_on(uri for each in params.files for uri in (each.old_uri, each.new_uri))

    def _pass_on(self, uris: Iterable[str]) -> None:
        if told := tuple(dict.fromkeys(uris)):
            self._tell(told)

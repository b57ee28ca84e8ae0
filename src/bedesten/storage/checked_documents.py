"""Proof that the documents which dossiers name are in their place, as they were kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bedesten.services.customers.fold_dossiers import DossiersFold
from bedesten.services.errors import DamagedJournal
from bedesten.storage.disk import Disk
from bedesten.storage.documents import DIRECTORY


def check_documents(dossiers: DossiersFold, directory: Path, disk: Disk, *, is_running: bool) -> int:
    """Return how many documents there are, each as its note says.

    *is_running*: a venue may have removed one meanwhile. Raises: DamagedJournal.
    """
    count = 0
    for saved in dossiers.kept.values():
        for shown in saved.documents:
            path = directory / DIRECTORY / shown.id
            try:
                found = hashlib.sha256(disk.read(path)).hexdigest()
            except OSError as error:
                if is_running and not path.exists():
                    continue
                raise DamagedJournal(
                    f"the document {path} of account {saved.account} cannot be read: {error.strerror}"
                ) from error
            if shown.sha256 and found != shown.sha256:
                raise DamagedJournal(f"the document {path} of account {saved.account} is not the one that was shown")
            count += 1
    return count

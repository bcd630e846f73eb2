"""On which file systems a mongod may keep its data, and that they have room for it."""

import shutil
from pathlib import Path

import psutil

from twilio_nb.errors import ConfigurationError, StoreUnavailable
from twilio_nb.storage.directories import DATA_VARIABLE

URI_VARIABLE = "TWILIO_NB_MONGODB_URI"
REMEDY = (
    f"Set {DATA_VARIABLE} to a directory on a local disk that nobody else uses, "
    f"or {URI_VARIABLE} to a replica set or Atlas."
)
ROOM = 16 << 20  # bytes: a new journal file, and some
# Locks and memory maps do not hold across the hosts that share these. Not 9p and overlay: the disks of
# virtual machines and containers.
NETWORK_FILE_SYSTEMS = frozenset({
    "acfs", "afpfs", "afs", "beegfs", "ceph", "ceph-fuse", "cifs", "coda", "davfs", "davfs2", "fhgfs",
    "gcsfuse", "gfs", "gfs2", "glusterfs", "gpfs", "juicefs", "lustre", "moosefs", "ncpfs", "nfs", "nfs3",
    "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "rclone", "s3fs", "smb", "smb2", "smb3", "smbfs", "sshfs",
    "webdav", "wekafs",
})  # fmt: skip


def refuse_network_file_system(path: Path) -> None:
    """Refuse a directory that other hosts may share.

    Parameters
    ----------
    path : Path
        The directory; it need not exist yet.

    Raises
    ------
    ConfigurationError
        If its file system is one of `NETWORK_FILE_SYSTEMS`.

    Examples
    --------
    >>> refuse_network_file_system(data_directory())
    """
    resolved = path.resolve()
    kind, mount = "", ""
    for partition in psutil.disk_partitions(all=True):
        # The longest mount point counts; of several on the same one, the last.
        if resolved.is_relative_to(partition.mountpoint) and len(partition.mountpoint) >= len(mount):
            kind, mount = partition.fstype.lower(), partition.mountpoint
    if kind.removeprefix("fuse.") in NETWORK_FILE_SYSTEMS:
        message = (
            f"{path} is on a network file system ({kind}, mounted at {mount}), on which the embedded mongod "
            f"would lose texts. {REMEDY}"
        )
        raise ConfigurationError(message)


def refuse_full_disk(path: Path) -> None:
    """Refuse a directory on whose disk a mongod could not start, or would end at once.

    Parameters
    ----------
    path : Path
        The directory; it need not exist yet.

    Raises
    ------
    StoreUnavailable
        If there are less than `ROOM` bytes left.

    Examples
    --------
    >>> refuse_full_disk(data_directory())
    """
    if shutil.disk_usage(next(one for one in (path, *path.parents) if one.exists())).free < ROOM:
        message = (
            f"The disk of {path} is full: it has less than the {ROOM >> 20} MB left that the embedded mongod "
            "needs to start. Make room there, and it starts by itself; what was stored is safe."
        )
        raise StoreUnavailable(message)

"""What the driver of a network device says: whether its cable is in, and how long a frame may be."""

from __future__ import annotations

import array
import fcntl
import socket
import struct

from simpul.kit.problem import Problem

_SIOCETHTOOL, _SIOCGIFFLAGS, _SIOCGIFMTU = 0x8946, 0x8913, 0x8921
_GLINK = 0x0000000A
_RUNNING = 0x40
_REQUEST = struct.Struct("=16sQ16x")
_VALUE = struct.Struct("=II")
_HEADERS = 14 + 2 * 4


class Carrier:
    """Asks for the cable each time: the kernel's own news of it come half a second late.

    One look costs about two microseconds; the socket belongs to the network namespace it was opened in.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    def is_in(self, device: str) -> bool:
        """False as well while there is no such device, or while it is switched off."""
        value = array.array("B", _VALUE.pack(_GLINK, 0))
        request = _REQUEST.pack(device.encode(), value.buffer_info()[0])
        try:
            fcntl.ioctl(self._socket, _SIOCETHTOOL, request)
        except OSError:
            return self._is_running(device)
        return bool(_VALUE.unpack(value)[1])

    def _is_running(self, device: str) -> bool:
        """For drivers that do not tell their link: the kernel's slower opinion."""
        try:
            answer = fcntl.ioctl(self._socket, _SIOCGIFFLAGS, struct.pack("=16sH22x", device.encode(), 0))
        except OSError:
            return False
        return bool(struct.unpack_from("=H", answer, 16)[0] & _RUNNING)


def frame_of(device: str) -> int:
    """The longest packet of a device in bytes, with its header of Ethernet and two tags. Raises Problem."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as door:
        try:
            answer = fcntl.ioctl(door, _SIOCGIFMTU, struct.pack("=16si20x", device.encode(), 0))
        except OSError as error:
            raise Problem(f"{device}: {error.strerror}. See: ip link") from None
    mtu: int = struct.unpack_from("=i", answer, 16)[0]
    return mtu + _HEADERS

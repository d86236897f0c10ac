"""What is asked for to reach a database server: typed fields, and never an option string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.config import number_setting, text_setting
from connectors.errors import EngineUnavailable, SignInRefused, SourceInvalid, SourceMissing

CONNECT_SECONDS = 8


@dataclass(frozen=True, slots=True)
class ServerSettings:
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    encryption: str

    @classmethod
    def read(
        cls, config: Mapping[str, Any], default_port: int, encryptions: tuple[str, ...]
    ) -> ServerSettings:
        """Raises `SourceInvalid`. The first of `encryptions` is meant when none is given."""
        encryption = text_setting(config, "encryption", encryptions[0])
        if encryption not in encryptions:
            raise SourceInvalid(f"The setting “encryption” must be one of: {', '.join(encryptions)}.")
        return cls(
            host=_host(text_setting(config, "host")),
            port=number_setting(config, "port", default_port, 1, 65535),
            database=text_setting(config, "database"),
            user=text_setting(config, "user"),
            password=text_setting(config, "password", ""),
            encryption=encryption,
        )

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"

    def sign_in_refused(self) -> SignInRefused:
        return SignInRefused(f"{self.place} refused the user “{self.user}” or its password.")

    def no_database(self) -> SourceMissing:
        return SourceMissing(f"{self.place} has no database “{self.database}”.")

    def no_encryption(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.place} does not offer the encryption asked for. Check the setting “encryption”."
        )

    def not_trusted(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"{self.place} shows a certificate that this machine does not trust, or that is made out to another host."
            " Add its authority to the system's certificates, or choose another “encryption”."
        )

    def full(self) -> EngineUnavailable:
        return EngineUnavailable(f"{self.place} has no free connection. Try again in a moment.")

    def unknown_host(self) -> EngineUnavailable:
        return EngineUnavailable(f"There is no host “{self.host}”. Check its spelling.")

    def unreachable(self) -> EngineUnavailable:
        return EngineUnavailable(f"{self.place} cannot be reached. Check host, port and firewall.")


def _host(host: str) -> str:
    """A name or address only: drivers take a slash for a socket's folder, and a comma for several hosts."""
    if not re.fullmatch(r"[\w.:-]+", host):
        raise SourceInvalid("The host must be a name or an address.")
    return host

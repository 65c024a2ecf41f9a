"""Which platforms there are, in match order. An explicit tuple: nothing registers itself."""

from __future__ import annotations

from typing import Final

from adapters.aws import Aws
from adapters.base import Adapter
from adapters.bluesky import Bluesky
from adapters.cloudflare import Cloudflare
from adapters.forms.adult import ADULT
from adapters.forms.authorities import AUTHORITIES
from adapters.forms.copyright import COPYRIGHT
from adapters.forms.hosting import HOSTING
from adapters.forms.korea import KOREA
from adapters.forms.kr_statutory import KR_STATUTORY
from adapters.forms.meta import META
from adapters.forms.search import SEARCH
from adapters.forms.social import SOCIAL
from adapters.godaddy import GoDaddy
from adapters.gotosocial import GoToSocial
from adapters.lemmy import Lemmy
from adapters.mastodon import Mastodon
from adapters.matrix import Matrix
from adapters.misskey import Misskey
from adapters.ngrok import Ngrok
from adapters.peertube import PeerTube
from adapters.pixeldrain import Pixeldrain
from adapters.pixelfed import Pixelfed
from adapters.pleroma import Pleroma
from adapters.reddit import Reddit
from adapters.registrar import Registrar
from adapters.site import Site
from adapters.telegram import Telegram
from adapters.telegram_mtproto import TelegramAccount
from adapters.vk import VK
from adapters.x import X
from adapters.youtube import YouTube

__all__ = ["ADAPTERS"]

ADAPTERS: Final[tuple[type[Adapter], ...]] = (
    Aws,
    Bluesky,
    Cloudflare,
    GoDaddy,
    Ngrok,
    Matrix,
    Pixeldrain,
    Reddit,
    Telegram,
    TelegramAccount,
    VK,
    X,
    YouTube,
    *META,
    *SOCIAL,
    *SEARCH,
    *HOSTING,
    *ADULT,
    *KOREA,
    PeerTube,
    Lemmy,
    Misskey,
    Mastodon,
    GoToSocial,
    Pleroma,
    Pixelfed,
    KR_STATUTORY,
    *AUTHORITIES,
    *COPYRIGHT,
    Site,  # any host that nobody above has
    Registrar,
)
Site.others = tuple(host for adapter in ADAPTERS for host in adapter.spec.hosts if host != "*")

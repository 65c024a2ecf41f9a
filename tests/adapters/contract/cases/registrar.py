"""The registrar behind the same site. It claims no address of its own."""

from __future__ import annotations

from adapters.registrar import Registrar
from tests.adapters.contract.case import Case
from tests.adapters.contract.cases.site import CASE as SITE
from tests.adapters.contract.cases.site import LOOKS, MORE_LOOKS, NAMES, PAGE, ROUTES, THING

CASE = Case(
    adapter=Registrar,
    routes=ROUTES,
    names=NAMES,
    others=(PAGE, *SITE.others),
    locator=THING,
    receipt=SITE.receipt,
    looks=(*LOOKS, *MORE_LOOKS),
    marks=SITE.marks,
)

"""Tables of the room, one file per noun."""

from simpul.traffic.models.panic import PanicOrder
from simpul.traffic.models.plan import PlanVersion
from simpul.traffic.models.share import ShareGroup, SiteShare

__all__ = ["PanicOrder", "PlanVersion", "ShareGroup", "SiteShare"]

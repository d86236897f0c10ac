"""Every table, so that the metadata is whole for migrations."""

from __future__ import annotations

from sqlalchemy import MetaData

from backend.chat import models as chat
from backend.datasources import models as datasources
from backend.db.base import Model
from backend.feedback import models as feedback
from backend.grants import models as grants
from backend.knowledge import models as knowledge
from backend.projects import models as projects
from backend.results import models as results
from backend.reviews import models as reviews
from backend.users import models as users
from backend.vectors import models as vectors

MODULES = (users, projects, datasources, grants, chat, results, feedback, reviews, knowledge, vectors)
METADATA: MetaData = Model.metadata

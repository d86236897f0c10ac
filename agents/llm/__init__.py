"""Language models over langchain-core: which one, how it is called, what it costs, when it is given up."""

from agents.llm.models import ChatModels, ModelReply, ProviderHealth, Tier
from agents.llm.settings import PROVIDERS, ModelSettings, Price, ProviderName

__all__ = [
    "PROVIDERS",
    "ChatModels",
    "ModelReply",
    "ModelSettings",
    "Price",
    "ProviderHealth",
    "ProviderName",
    "Tier",
]

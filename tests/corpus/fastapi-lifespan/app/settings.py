from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="WEATHER_", env_nested_delimiter="__", env_file=".env")

    api_key: SecretStr
    cities: list[str] = ["Oslo"]


@lru_cache
def settings() -> Settings:
    return Settings()

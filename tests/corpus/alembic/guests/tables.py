import os

import sqlalchemy as sa

engine = sa.create_engine(os.environ["DATABASE_URL"])
metadata = sa.MetaData()
guests = sa.Table("guests", metadata, sa.Column("name", sa.String, primary_key=True))

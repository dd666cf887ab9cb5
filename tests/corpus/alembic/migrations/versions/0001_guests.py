import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    guests = op.create_table("guests", sa.Column("name", sa.String, primary_key=True))
    op.bulk_insert(guests, [{"name": "Ada"}])


def downgrade():
    op.drop_table("guests")

"""Durable bulk jobs: a job is a row in SQL, each of its photos another. The broker only carries its id; a job that the
broker or a worker loses is found by its row. No Celery and no HTTP in here.
"""

"""Qdrant's own engine in this process (qdrant-edge), asked as `qdrant_client` is asked.

`EdgeClient` has what Footnote uses of a client. It differs from a server in this: one shard, no
HTTP, and `optimize` is called by whoever wants the graph to be built. What is true or false is kept
as 1 or 0: qdrant-edge 0.9 takes the `True` of a condition for the number.
"""

import shutil
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import qdrant_edge as edge
from qdrant_client import models

NOTHING = edge.HasIdCondition(set())
_SCHEMAS = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "bool": edge.PayloadSchemaType.Integer,
}
_DIRECTIONS = {
    models.Direction.ASC: edge.Direction.Asc,
    models.Direction.DESC: edge.Direction.Desc,
}


class EdgeClient:
    """Collections as folders of one; those that are there are opened. Threads may share it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.shards = {path.name: edge.EdgeShard.load(str(path)) for path in folder.iterdir()}
        self.sizes = {name: int((folder / name / "dimension").read_text()) for name in self.shards}

    def collection_exists(self, name):
        return name in self.shards

    def create_collection(
        self, name, vectors_config, sparse_vectors_config, quantization_config, on_disk_payload
    ):
        assert quantization_config.scalar.type is models.ScalarType.INT8 and on_disk_payload
        config = edge.EdgeConfig(
            vectors={
                each: edge.EdgeVectorParams(
                    size=params.size, distance=edge.Distance.Dot, memory=edge.Memory.Cold
                )
                for each, params in vectors_config.items()
            },
            sparse_vectors={
                each: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)
                for each in sparse_vectors_config
            },
            quantization_config=edge.ScalarQuantizationConfig(
                type=edge.ScalarType.Int8, memory=edge.Memory.Pinned
            ),
        )
        self.shards[name] = edge.EdgeShard.create(str(self.folder / name), config)
        (self.sizes[name],) = (params.size for params in vectors_config.values())
        (self.folder / name / "dimension").write_text(str(self.sizes[name]))

    def create_payload_index(self, name, key, schema, wait):
        if isinstance(schema, models.KeywordIndexParams):
            index = edge.KeywordIndexParams(is_tenant=schema.is_tenant)
        else:
            index = _SCHEMAS[schema]
        self._update(name, edge.UpdateOperation.create_field_index(key, index))

    def delete_collection(self, name):
        self.shards.pop(name).close()
        shutil.rmtree(self.folder / name)

    def get_collection(self, name):
        vectors = {"dense": SimpleNamespace(size=self.sizes[name])}
        return SimpleNamespace(config=SimpleNamespace(params=SimpleNamespace(vectors=vectors)))

    def upsert(self, name, points, wait):
        points = [
            edge.Point(each.id, _vectors(each.vector), _numbers(each.payload)) for each in points
        ]
        self._update(name, edge.UpdateOperation.upsert_points(points))

    def set_payload(self, name, payload, points, wait, key=None):
        payload = _numbers(payload)
        if isinstance(points, models.Filter):
            change = edge.UpdateOperation.set_payload_by_filter(_filter(points), payload, key)
        else:
            change = edge.UpdateOperation.set_payload(points, payload, key)
        self._update(name, change)

    def delete(self, name, which, wait):
        self._update(name, edge.UpdateOperation.delete_points_by_filter(_filter(which)))

    def retrieve(self, name, ids, with_payload):
        return [_plain(each) for each in self.shards[name].retrieve(ids, with_payload, False)]

    def scroll(
        self,
        name,
        scroll_filter,
        limit,
        offset=None,
        order_by=None,
        with_payload=True,
        with_vectors=False,
    ):
        page, offset = self.shards[name].scroll(
            edge.ScrollRequest(
                offset=offset,
                limit=limit,
                filter=_filter(scroll_filter),
                with_payload=with_payload,
                with_vector=with_vectors,
                order_by=order_by and _order(order_by),
            )
        )
        return [_plain(each) for each in page], offset

    def count(self, name, count_filter, exact):
        wanted = edge.CountRequest(exact=exact, filter=_filter(count_filter))
        return SimpleNamespace(count=self.shards[name].count(wanted))

    def facet(self, name, key, facet_filter, limit, exact):
        wanted = edge.FacetRequest(key, limit=limit, exact=exact, filter=_filter(facet_filter))
        return SimpleNamespace(hits=list(self.shards[name].facet(wanted).hits))

    def query_batch_points(self, name, requests):
        batch = edge.QueryBatchRequest([_query(request) for request in requests])
        return [
            SimpleNamespace(points=[_plain(each) for each in points])
            for points in self.shards[name].query_batch(batch)
        ]

    def optimize(self):
        """Build what is searched by, as a server does by itself."""
        for shard in self.shards.values():
            shard.optimize()

    def close(self):
        for shard in self.shards.values():
            shard.close()

    def _update(self, name, change):
        self.shards[name].update(change)


def _numbers(payload):
    return {
        name: int(value) if isinstance(value, bool) else value for name, value in payload.items()
    }


def _vectors(vectors):
    return {
        name: edge.SparseVector(list(row.indices), list(row.values))
        if isinstance(row, models.SparseVector)
        else row
        for name, row in vectors.items()
    }


def _plain(point):
    return SimpleNamespace(
        id=str(point.id) if isinstance(point.id, UUID) else point.id,
        payload=point.payload,
        vector=point.vector,
        score=getattr(point, "score", None),
    )


def _query(wanted):
    return edge.QueryRequest(
        limit=wanted.limit,
        query=_scoring(wanted),
        filter=_filter(wanted.filter),
        with_payload=True if wanted.with_payload is None else wanted.with_payload,
        with_vector=wanted.with_vector or False,
        params=wanted.params and _params(wanted.params),
    )


def _scoring(wanted):
    if wanted.query is None:
        return None
    if isinstance(wanted.query, models.OrderByQuery):
        return _order(wanted.query.order_by)
    row = wanted.query
    if isinstance(row, models.SparseVector):
        row = edge.SparseVector(list(row.indices), list(row.values))
    return edge.Query.Nearest(row, wanted.using)


def _order(wanted):
    return edge.OrderBy(wanted.key, _DIRECTIONS[wanted.direction])


def _params(params):
    quantization, idf = params.quantization, params.idf
    return edge.SearchParams(
        hnsw_ef=params.hnsw_ef,
        exact=bool(params.exact),
        quantization=quantization
        and edge.QuantizationSearchParams(
            rescore=quantization.rescore, oversampling=quantization.oversampling
        ),
        idf=idf and edge.IdfParams(corpus=_filter(idf.corpus)),
    )


def _filter(wanted):
    if wanted is None:
        return None
    return edge.Filter(
        must=[_condition(each) for each in wanted.must or []] or None,
        must_not=[_condition(each) for each in wanted.must_not or []] or None,
    )


def _condition(wanted):
    if isinstance(wanted, models.HasIdCondition):
        return edge.HasIdCondition(set(wanted.has_id))
    if wanted.range is not None:
        limits = wanted.range
        return edge.FieldCondition(
            wanted.key,
            range=edge.RangeFloat(gte=limits.gte, gt=limits.gt, lte=limits.lte, lt=limits.lt),
        )
    if isinstance(wanted.match, models.MatchValue):
        return edge.FieldCondition(wanted.key, match=edge.MatchValue(int(wanted.match.value)))
    if not wanted.match.any:
        return NOTHING
    return edge.FieldCondition(wanted.key, match=edge.MatchAny(list(wanted.match.any)))

"""Uses every package for what it is there for, and prints its name when the answer is right."""

import datetime
import io
from concurrent import futures


def use_numpy():
    import numpy
    import numpy.testing

    matrix = numpy.array([[2.0, 1.0], [1.0, 3.0]])
    numpy.testing.assert_allclose(numpy.linalg.inv(matrix) @ matrix, numpy.eye(2), atol=1e-12)
    numpy.testing.assert_allclose(numpy.linalg.eigvalsh(matrix).sum(), 5)
    numpy.testing.assert_allclose(numpy.fft.ifft(numpy.fft.fft([1.0, 2.0, 3.0])).real, [1, 2, 3])
    assert numpy.random.default_rng(1).normal(size=10).shape == (10,)


def use_scipy():
    from scipy import optimize, sparse, stats
    from scipy.sparse.linalg import spsolve

    line = stats.linregress([0, 1, 2, 3], [1, 3, 5, 7])
    assert abs(line.slope - 2) < 1e-12 and abs(line.intercept - 1) < 1e-12
    assert stats.norm.cdf(0) == 0.5
    assert abs(optimize.brentq(lambda x: x * x - 2, 0, 2) - 2**0.5) < 1e-9
    assert spsolve(sparse.csc_matrix([[4.0, 0], [0, 2.0]]), [4, 2]).tolist() == [1, 1]


def use_pandas():
    import pandas
    from pandas.testing import assert_frame_equal

    frame = pandas.DataFrame({"kind": ["a", "b", "a"], "count": [1, 2, 3]})
    sums = frame.groupby("kind", as_index=False)["count"].sum()
    assert_frame_equal(sums, pandas.DataFrame({"kind": ["a", "b"], "count": [4, 2]}))
    text = io.StringIO(frame.to_csv(index=False))
    assert_frame_equal(pandas.read_csv(text), frame)
    day = pandas.Timestamp("2026-07-01", tz="Europe/Berlin")
    assert day.utcoffset() == datetime.timedelta(hours=2)


def use_sklearn():
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    rows, kinds = load_iris(return_X_y=True)
    assert LogisticRegression(max_iter=500).fit(rows, kinds).score(rows, kinds) > 0.95
    assert RandomForestClassifier(10, random_state=1).fit(rows, kinds).score(rows, kinds) > 0.95


def use_boto3():
    import boto3

    session = boto3.session.Session("key", "secret", region_name="eu-central-1")
    client = session.client("s3")
    operations = client.meta.service_model.operation_names
    assert "PutObject" in operations and len(operations) > 90
    address = client.generate_presigned_url("get_object", {"Bucket": "shelf", "Key": "book"})
    assert "shelf" in address and "Signature" in address
    assert "SendMessage" in session.client("sqs").meta.service_model.operation_names
    assert len(session.get_available_services()) > 300


def use_lxml():
    from lxml import etree, html

    tree = etree.fromstring(b"<shop><item price='3'>tea</item><item price='5'>cake</item></shop>")
    assert tree.xpath("//item[@price > 4]/text()") == ["cake"]
    style = b"""<s:stylesheet version='1.0' xmlns:s='http://www.w3.org/1999/XSL/Transform'>
        <s:template match='/'><n><s:value-of select='count(//item)'/></n></s:template></s:stylesheet>"""
    assert etree.XSLT(etree.fromstring(style))(tree).getroot().text == "2"
    assert html.fromstring("<p>a<b>c").text_content() == "ac"


def use_grpc():
    import grpc

    def shout(request, context):
        return request.upper()

    handler = grpc.method_handlers_generic_handler("Echo", {"Shout": grpc.unary_unary_rpc_method_handler(shout)})
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert channel.unary_unary("/Echo/Shout")(b"hello", timeout=20) == b"HELLO"
    server.stop(None).wait()


def use_cv2():
    import cv2
    import numpy

    picture = numpy.zeros((40, 60, 3), numpy.uint8)
    picture[10:20, 10:20] = 255
    small = cv2.resize(picture, (30, 20), interpolation=cv2.INTER_AREA)
    assert small.shape == (20, 30, 3) and small[7, 7, 0] == 255
    good, data = cv2.imencode(".png", picture)
    assert good and (cv2.imdecode(data, cv2.IMREAD_COLOR) == picture).all()
    assert len(cv2.findContours(picture[:, :, 0], cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]) == 1


def field(number, value):
    """One field of a protocol buffer: a number, or bytes."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def use_onnxruntime():
    import numpy
    import onnxruntime

    assert "CPUExecutionProvider" in onnxruntime.get_available_providers()
    # A graph of one node, `b = Relu(a)`, where both are three floats.
    shape = field(1, field(1, 3))
    kind = field(2, field(1, field(1, 1) + field(2, shape)))
    node = field(1, b"a") + field(2, b"b") + field(4, b"Relu")
    graph = field(1, node) + field(2, b"g") + field(11, field(1, b"a") + kind) + field(12, field(1, b"b") + kind)
    model = field(1, 8) + field(7, graph) + field(8, field(1, b"") + field(2, 13))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    (answer,) = session.run(["b"], {"a": numpy.array([-1, 0, 2], numpy.float32)})
    assert answer.tolist() == [0, 0, 2]


def use_psycopg():
    import psycopg
    import psycopg.sql

    assert psycopg.pq.__impl__ == "binary" and psycopg.pq.version() > 100000
    try:
        psycopg.connect("host=127.0.0.1 port=1 sslmode=require connect_timeout=3")
    except psycopg.OperationalError as error:
        assert "refused" in str(error), error
    else:
        raise AssertionError("something answers")
    assert psycopg.sql.Literal("it's").as_string() == "'it''s'"


def use_cryptography():
    from cryptography import x509
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    fernet = Fernet(Fernet.generate_key())
    assert fernet.decrypt(fernet.encrypt(b"secret")) == b"secret"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime.datetime(2026, 1, 1)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, start.replace(year=2027))
    certificate = made.sign(key, hashes.SHA256())
    certificate.verify_directly_issued_by(certificate)


for use in [
    use_numpy,
    use_scipy,
    use_pandas,
    use_sklearn,
    use_boto3,
    use_lxml,
    use_grpc,
    use_cv2,
    use_onnxruntime,
    use_psycopg,
    use_cryptography,
]:
    use()
    print(use.__name__.removeprefix("use_"), flush=True)

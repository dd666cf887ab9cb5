#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>

static PyObject *root(PyObject *self, PyObject *number) {
    double value = PyFloat_AsDouble(number);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(sqrt(value));
}

static PyMethodDef methods[] = {{"root", root, METH_O, "The square root."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_root", NULL, -1, methods};

PyMODINIT_FUNC PyInit__root(void) {
    return PyModule_Create(&module);
}

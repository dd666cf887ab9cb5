import pandas as pd
import streamlit as st

st.set_page_config(page_title="Board")
st.title("Board")
st.line_chart(pd.DataFrame({"visits": [3, 5, 8]}))

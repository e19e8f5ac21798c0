"""Figures of others on the same collections, with where they stand. Splits differ: level is level, not less."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """One figure of somebody else."""

    ground: str
    who: str
    figure: str
    source: str


PUBLISHED = (
    Published(
        "videos, authors' split", "ten tuned classifiers, best: logistic regression on counts", "accuracy .956",
        "result tables in tuliocasagrande/youtube-spam-experiment, behind Alberto, Lochter, Almeida (ICMLA 2015)",
    ),
    Published("videos, random split", "fine-tuned BERT", "accuracy .9694", "GitHub sidb27/ML-Final-Project"),
    Published("videos, random split", "CNN", "accuracy .9668", "GitHub sidb27/ML-Final-Project"),
    Published(
        "videos, random split", "biLSTM", "accuracy .9694",
        "“Hybrid deep learning model for YouTube spam comment detection”, abstract",
    ),
    Published("videos, ten parts", "linear SVM", "accuracy .9533", "a paper in Brilliance 4(2), 2024, abstract"),
    Published(
        "videos, five parts", "best linear form of our earlier measurements (fitted on these folds)",
        "accuracy .968, AUC .9956, recall at 1 % .941, ECE .012", "our measurement, same collection",
    ),
    Published(
        "videos, one left out", "the same", "accuracy .948, AUC .9891, recall at 1 % .868, Brier .038",
        "our measurement, same collection",
    ),
    Published("videos, one left out", "fastText", "accuracy .937, AUC .979, recall at 1 % .655", "our measurement"),
    Published("videos, one left out", "Vowpal Wabbit", "accuracy .930, AUC .972, recall at 1 % .833",
              "our measurement"),
    Published("videos, one left out", "bogofilter", "accuracy .655, AUC .912, recall at 1 % .382", "our measurement"),
    Published("videos, one left out", "SpamAssassin Bayes", "accuracy .831, AUC .931, recall at 1 % .365",
              "our measurement"),
    Published("videos, one left out", "rspamd Bayes", "accuracy .72, AUC .71–.76, recall at 1 % .21–.28",
              "our measurement"),
    Published("SMS, five parts", "the same linear form", "accuracy .9905, AUC .9959, recall at 0.1 % .955",
              "our measurement"),
    Published("SMS, five parts", "calibrated linear SVM on characters",
              "accuracy .9939, AUC .9955, recall at 0.1 % .960", "our measurement"),
)  # fmt: skip
